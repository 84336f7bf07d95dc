variable "project" {
  description = "The Google Cloud project"
  type        = string
}

variable "region" {
  description = "Where the service runs; near aws_region, since each append of a turn goes there"
  type        = string
  default     = "us-east4"
}

variable "image" {
  description = "The image of the Dockerfile, by digest: …-docker.pkg.dev/project/counsel/all@sha256:…"
  type        = string
}

variable "aws_region" {
  description = "Where the table is"
  type        = string
  default     = "us-east-1"
}

variable "table" {
  description = "The name of the DynamoDB table (the output TableName of template.yaml's stack)"
  type        = string
}

variable "public_url" {
  description = "Where browsers reach the service, https:// and no slash at the end; needed where users sign in"
  type        = string
  default     = ""
}

variable "allowed_origins" {
  description = "Web origins that may call from a browser, exact"
  type        = list(string)
  default     = []
}

variable "default_model" {
  description = "Who answers when the request names nobody"
  type        = string
  default     = "openai:gpt-4o-mini"
}

variable "bedrock" {
  description = "Whether models of Amazon Bedrock may be asked, as bedrock:<model or inference profile>"
  type        = bool
  default     = false
}

variable "secrets" {
  description = "Variables of .env.example that are secrets, and the Secret Manager secrets that hold them; TOKEN_KEY is needed"
  type        = map(string)
  default = {
    TOKEN_KEY      = "counsel-token-key"
    OPENAI_API_KEY = "counsel-openai-api-key"
  }

  validation {
    condition     = contains(keys(var.secrets), "TOKEN_KEY")
    error_message = "TOKEN_KEY is the secret with the Ed25519 key (PKCS#8 PEM) of access tokens."
  }
}

variable "settings" {
  description = "Other variables of .env.example: GOOGLE_CLIENT_ID, OIDC_PROVIDERS, MODELS …"
  type        = map(string)
  default     = {}
}

variable "most_instances" {
  description = "The service grows to so many instances"
  type        = number
  default     = 10
}

variable "concurrency" {
  description = "So many requests are served by one instance at once; a stream is a request, and mostly waits. Below MAX_REQUESTS, so that another instance starts before this one refuses"
  type        = number
  default     = 200
}
