# One cluster in this account, alerts to Slack, no action: respond only reports what it would have done, and has no
# access to the cluster.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "cluster" {
  description = "The EKS cluster's name."
  type        = string
}

variable "slack_token_arn" {
  description = "The ARN of the secret or parameter that holds the Slack app's bot token."
  type        = string
}

variable "slack_channel" {
  description = "The security team's channel, by id."
  type        = string
}

module "cattleguard" {
  source = "../.."

  clusters = {
    (var.cluster) = { pod_identity = true }
  }
  route_settings    = { CATTLEGUARD_SLACK_CHANNEL = var.slack_channel }
  route_secret_arns = { CATTLEGUARD_SLACK_TOKEN = var.slack_token_arn }
}

# terraform output -raw helm_values > values.yaml
output "helm_values" {
  description = "The sensor chart's values."
  value       = module.cattleguard.helm_values[var.cluster]
}

# terraform output -json | ./cattleguard doctor --terraform-output=-
output "cattleguard" {
  description = "Input of `cattleguard doctor`."
  value       = module.cattleguard
}
