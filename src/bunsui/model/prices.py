"""What AWS asks for, in dollars: list prices of us-east-1, without free tiers and discounts; for estimates."""

from __future__ import annotations

TRANSITION = 25 / 1_000_000  # Step Functions, Standard
TABLE_WRITE, TABLE_READ = 0.625 / 1_000_000, 0.125 / 1_000_000  # DynamoDB, on demand
LAMBDA_REQUEST = 0.20 / 1_000_000
LAMBDA_GB_SECOND = 0.0000166667
FARGATE_CPU_HOUR, FARGATE_GB_HOUR = 0.04048, 0.004445
FARGATE_SHORTEST = 60.0  # seconds that are paid for at least
LAMBDA_MEMORY = 128  # MiB, unless the pipeline says otherwise
FARGATE_CPU, FARGATE_MEMORY = 256, 512  # units of a 1024th, MiB; unless the pipeline says otherwise
