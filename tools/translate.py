"""Turns the SAM template on stdin into the CloudFormation that AWS will run, without asking AWS."""

import json
import logging
import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class ManagedPolicies:
    """The template names none of AWS's managed policies, so there are none to look up."""

    def load(self):
        return {}


logging.disable(logging.WARNING)
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
template = yaml_parse(sys.stdin)
# Before it translates, a deployment uploads each function and puts its address here.
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
json.dump(transform(template, {}, ManagedPolicies()), sys.stdout, indent=2)
