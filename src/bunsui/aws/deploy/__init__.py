"""Putting an environment and its pipelines on AWS, by CloudFormation: templates, packages, a plan, and its end.

What is asked of them while sessions run is in the adapters above; what things are called is in `aws.names`.
"""
