# Counsel on Cloud Run: one service that is every function, over the table that template.yaml makes.
# terraform init && terraform apply -var-file=…; docs/decisions/container.md says why it is as it is.
terraform {
  required_version = ">= 1.6"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0, < 8.0"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

provider "aws" {
  region = var.aws_region
}
