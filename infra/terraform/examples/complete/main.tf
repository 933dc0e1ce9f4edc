# Two clusters here and one in another account, findings of GuardDuty and Security Hub, containment of pods, instances and
# security-group rules, a policy of your own, a key of your own, respond inside the VPC of the private API servers.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

data "aws_eks_cluster" "blue" {
  name = "blue"
}

data "aws_eks_cluster" "green" {
  name = "green"
}

data "aws_iam_openid_connect_provider" "green" {
  url = data.aws_eks_cluster.green.identity[0].oidc[0].issuer
}

variable "key_arn" {
  description = "Your KMS key; the module's README has its policy."
  type        = string
}

variable "route_settings" {
  description = "Values of the settings that policy/routes.yaml reads with `…-from` and that are not secret."
  type        = map(string)
}

variable "route_secret_arns" {
  description = "ARNs of the secrets that policy/routes.yaml reads with `…-from`."
  type        = map(string)
}

module "cattleguard" {
  source = "../.."

  name = "cattleguard"
  tags = { team = "security" }

  clusters = {
    # Pod Identity; respond contains pods in it.
    blue = {
      pod_identity = true
      respond = {
        endpoint              = data.aws_eks_cluster.blue.endpoint
        certificate_authority = data.aws_eks_cluster.blue.certificate_authority[0].data
      }
    }
    # IRSA; respond contains pods in it. IRSA does not prove the node, so an alert may name any node.
    green = {
      oidc_provider_arn = data.aws_iam_openid_connect_provider.green.arn
      node_identity     = "claimed"
      respond = {
        endpoint              = data.aws_eks_cluster.green.endpoint
        certificate_authority = data.aws_eks_cluster.green.certificate_authority[0].data
      }
    }
    # In another account; only its alerts are read.
    amber = {
      sensor_role_arn = "arn:aws:iam::210987654321:role/cattleguard-sensor-amber"
    }
  }
  organisation_id = "o-a1b2c3d4e5"
  findings        = ["guardduty", "security-hub"]

  response_mode    = "enforce"
  ec2_actions      = ["quarantine-instance", "revoke-ingress", "deactivate-access-key", "revoke-role-sessions", "snapshot-instance", "block-bucket-public-access", "block-address"]
  response_buckets = ["reports-of-example"]
  block_lists      = ["arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001", "arn:aws:ec2:eu-central-1:111122223333:prefix-list/pl-0123456789abcdef0"]
  response_tag     = { key = "cattleguard:respond", value = "allowed" }
  quarantine_vpcs  = { blue = data.aws_eks_cluster.blue.vpc_config[0].vpc_id }
  respond_vpc = {
    subnet_ids         = data.aws_eks_cluster.blue.vpc_config[0].subnet_ids
    security_group_ids = [data.aws_eks_cluster.blue.vpc_config[0].cluster_security_group_id]
  }
  maximum_concurrency = { respond = 3 }

  # Use a policy in your own repository. This is the one that ships with Cattleguard.
  policy_directory  = "${path.module}/../../../../policy"
  route_settings    = var.route_settings
  route_secret_arns = var.route_secret_arns

  alarm_topic_arns         = [aws_sns_topic.security.arn]
  log_retention_days       = 365
  archive_retention_days   = 90
  kms_key_arn              = var.key_arn
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
}

resource "aws_sns_topic" "security" {
  name = "security-alarms"
}

output "helm_values" {
  description = "Per cluster, the sensor chart's values."
  value       = module.cattleguard.helm_values
}

output "respond_role_arn" {
  description = "ARN of respond-kubernetes' role. A role in another cluster's account must trust it."
  value       = module.cattleguard.respond_role_arn
}

# terraform output -json | ./cattleguard doctor --terraform-output=-
output "cattleguard" {
  description = "Input of `cattleguard doctor`."
  value       = module.cattleguard
}
