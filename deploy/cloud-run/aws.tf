# DynamoDB without keys: Google signs who the service account is, AWS lends this role for an hour. AWS knows Google's
# issuer by itself, so no identity provider is registered. shared/src/net/google_role.rs is the other half.
data "aws_partition" "here" {}
data "aws_caller_identity" "us" {}

locals {
  here  = data.aws_partition.here.partition
  us    = data.aws_caller_identity.us.account_id
  table = "arn:${local.here}:dynamodb:${var.aws_region}:${local.us}:table/${var.table}"
  bedrock = var.bedrock ? [{
    Effect   = "Allow"
    Resource = ["arn:${local.here}:bedrock:*::foundation-model/*", "arn:${local.here}:bedrock:*:${local.us}:inference-profile/*"]
    Action   = ["bedrock:InvokeModelWithResponseStream"]
  }] : []
}

resource "aws_iam_role" "counsel" {
  name = "counsel-cloud-run"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "accounts.google.com" }
      Condition = {
        StringEquals = {
          # The account by its number, which no other ever gets, and a token that was made for AWS.
          "accounts.google.com:sub"  = google_service_account.counsel.unique_id
          "accounts.google.com:oaud" = "sts.amazonaws.com"
        }
      }
    }]
  })
}

# What all functions together may do on Lambda; a test compares it with template.yaml.
resource "aws_iam_role_policy" "table" {
  name = "table"
  role = aws_iam_role.counsel.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.bedrock, [
      {
        Effect   = "Allow"
        Resource = local.table
        Action = [
          "dynamodb:BatchWriteItem",
          "dynamodb:DeleteItem",
          "dynamodb:DescribeTable",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ]
      },
      {
        Effect   = "Allow"
        Resource = "${local.table}/index/by_activity"
        Action   = "dynamodb:Query"
      },
    ])
  })
}
