"""The AWS backend's adapters: DynamoDB, S3 and Step Functions behind the ports. The only floor that imports boto3.

Which backend is used is decided in `backend`; the local adapters are in `local`.
"""
