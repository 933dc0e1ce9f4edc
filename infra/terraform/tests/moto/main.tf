# The module against a server that imitates AWS; `test` beside the module starts one and sets AWS_ENDPOINT_URL.
# No imitation has EKS's access entries: they are left out here, and tested with a mocked provider. Pod Identity is here where
# pod_identity says so.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "123456789012" # both imitations take it for the account
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

variable "response_mode" {
  type    = string
  default = "enforce"
}

variable "pod_identity" {
  type    = bool
  default = false
}

module "cattleguard" {
  source = "../.."

  clusters = {
    blue = {
      oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/BLUE"
      pod_identity      = var.pod_identity
    }
    green = {
      sensor_role_arn = "arn:aws:iam::210987654321:role/cattleguard-sensor-green-eu"
      respond = {
        endpoint              = "https://green.example.com"
        certificate_authority = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
        role_arn              = "arn:aws:iam::210987654321:role/cattleguard-respond-green"
      }
    }
  }
  organisation_id     = "o-a1b2c3d4e5"
  findings            = ["guardduty", "security-hub"]
  response_mode       = var.response_mode
  ec2_actions         = ["quarantine-instance", "revoke-ingress", "deactivate-access-key", "revoke-role-sessions", "snapshot-instance", "block-bucket-public-access", "block-address"]
  response_buckets    = ["reports-of-example"]
  block_lists         = ["arn:aws:wafv2:eu-central-1:123456789012:regional/ipset/blocked/0a1b2c3d-0000-4000-8000-000000000001", "arn:aws:ec2:eu-central-1:123456789012:prefix-list/pl-0123456789abcdef0"]
  quarantine_vpcs     = { main = aws_vpc.this.id }
  route_settings      = { CATTLEGUARD_SPLUNK_URL = "https://splunk.example.com" }
  alarm_topic_arns    = [aws_sns_topic.this.arn]
  slack               = { signing_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-a1b2c3", team_ids = ["T0EXAMPLE"] }
  operators           = ["arn:aws:iam::123456789012:role/on-call"]
  deletion_protection = false
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_sns_topic" "this" {
  name = "alarms"
}

# The imitation swallows what a mapping takes from a queue: a second queue on the same rule shows what the rule let pass.
resource "aws_sqs_queue" "witness" {
  name = "witness"
}

resource "aws_cloudwatch_event_target" "witness" {
  rule           = "${module.cattleguard.bus_name}-deduplicate"
  event_bus_name = module.cattleguard.bus_name
  target_id      = "witness"
  arn            = aws_sqs_queue.witness.arn

  dead_letter_config {
    arn = aws_sqs_queue.witness.arn
  }

  depends_on = [module.cattleguard]
}

output "witness_url" {
  value = aws_sqs_queue.witness.url
}
