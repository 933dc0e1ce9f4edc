# 20 EKS clusters in 5 accounts of an organisation. The stack is in the security account, which is GuardDuty's delegated
# administrator. Containment of pods is on; every secret is in Secrets Manager; each alarm reaches a topic and names its runbook.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

# ---- Settings

locals {
  # One region for the stack and for GuardDuty's findings. EventBridge and GuardDuty are regional: for clusters in another region,
  # either their sensors publish to this bus, or a second stack there has a bus of its own. GuardDuty needs a stack per region.
  region = "eu-central-1"

  accounts = {
    management = "999999999999" # of the organisation
    security   = "888888888888" # of the stack
    checkout   = "111111111111"
    search     = "222222222222"
    payments   = "333333333333"
    warehouse  = "444444444444"
    platform   = "555555555555"
  }

  # The clusters of each account, by the name that EKS has. Names are unique in the whole fleet.
  clusters = {
    for account in setsubtract(keys(local.accounts), ["management", "security"]) : account => toset([
      for number in range(1, 5) : "${account}-${number}"
    ])
  }

  stack = {
    account       = local.accounts.security
    region        = local.region
    name          = "cattleguard"
    response_mode = "enforce"
  }

  tags = { team = "security" }
}

variable "role" {
  description = "Name of the role that Terraform assumes in each account."
  type        = string
  default     = "terraform"
}

variable "organisation_id" {
  description = "ID of the AWS organisation, o-…"
  type        = string
  default     = "o-a1b2c3d4e5"
}

variable "slack_channel" {
  description = "The security team's channel, by id."
  type        = string
}

variable "splunk_url" {
  description = "The HTTP event collector, https://…"
  type        = string
}

variable "on_call_email" {
  description = "Where alarms of Cattleguard itself go. The address must confirm the subscription."
  type        = string
}

# ---- One provider for each account. Terraform cannot make them in a loop.

provider "aws" {
  alias  = "management"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.management}:role/${var.role}" }
}

provider "aws" {
  alias  = "security"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.security}:role/${var.role}" }
}

provider "aws" {
  alias  = "checkout"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.checkout}:role/${var.role}" }
}

provider "aws" {
  alias  = "search"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.search}:role/${var.role}" }
}

provider "aws" {
  alias  = "payments"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.payments}:role/${var.role}" }
}

provider "aws" {
  alias  = "warehouse"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.warehouse}:role/${var.role}" }
}

provider "aws" {
  alias  = "platform"
  region = local.region
  assume_role { role_arn = "arn:aws:iam::${local.accounts.platform}:role/${var.role}" }
}

# ---- The members: four clusters each

module "checkout" {
  source    = "../../modules/member"
  providers = { aws = aws.checkout }

  stack    = local.stack
  clusters = local.clusters["checkout"]
  tags     = local.tags
}

module "search" {
  source    = "../../modules/member"
  providers = { aws = aws.search }

  stack    = local.stack
  clusters = local.clusters["search"]
  tags     = local.tags
}

module "payments" {
  source    = "../../modules/member"
  providers = { aws = aws.payments }

  stack    = local.stack
  clusters = local.clusters["payments"]
  tags     = local.tags
}

module "warehouse" {
  source    = "../../modules/member"
  providers = { aws = aws.warehouse }

  stack    = local.stack
  clusters = local.clusters["warehouse"]
  tags     = local.tags
}

module "platform" {
  source    = "../../modules/member"
  providers = { aws = aws.platform }

  stack    = local.stack
  clusters = local.clusters["platform"]
  tags     = local.tags
}

# ---- The stack, in the security account

module "cattleguard" {
  source    = "../.."
  providers = { aws = aws.security }

  name            = local.stack.name
  response_mode   = local.stack.response_mode
  organisation_id = var.organisation_id
  clusters        = merge(module.checkout.clusters, module.search.clusters, module.payments.clusters, module.warehouse.clusters, module.platform.clusters)
  findings        = ["guardduty"]
  tags            = local.tags

  operators = ["arn:aws:iam::${local.accounts.security}:role/on-call"]

  # The Terraform state contains only the secrets' ARNs.
  route_settings    = { CATTLEGUARD_SLACK_CHANNEL = var.slack_channel, CATTLEGUARD_SPLUNK_URL = var.splunk_url }
  route_secret_arns = { for name, secret in aws_secretsmanager_secret.route : name => secret.arn }

  # Per alarm a topic and a section of the runbook.
  alarm_topic_arns = [aws_sns_topic.alarms.arn]
  runbook_url      = "https://github.com/OWNER/REPOSITORY/blob/main/docs/alarms.md"
}

# Empty secrets: put the values in with `aws secretsmanager put-secret-value --secret-id NAME --secret-string file:///dev/stdin`.
resource "aws_secretsmanager_secret" "route" {
  provider = aws.security
  for_each = toset(["CATTLEGUARD_SLACK_TOKEN", "CATTLEGUARD_SPLUNK_TOKEN"])
  name     = "cattleguard/${lower(replace(each.key, "_", "-"))}"
  tags     = local.tags
}

# Not encrypted with AWS's own key of SNS, because CloudWatch may not use it. Alarms contain no text of alerts.
resource "aws_sns_topic" "alarms" {
  provider = aws.security
  name     = "cattleguard-alarms"
  tags     = local.tags
}

data "aws_iam_policy_document" "alarms" {
  provider = aws.security
  statement {
    sid       = "AlarmsOfThisAccountOnly"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:cloudwatch:${local.region}:${local.accounts.security}:alarm:cattleguard-*"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  provider = aws.security
  arn      = aws_sns_topic.alarms.arn
  policy   = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "on_call" {
  provider  = aws.security
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.on_call_email
}

# ---- GuardDuty: the findings of all accounts arrive on the default bus of the delegated administrator

resource "aws_guardduty_organization_admin_account" "security" {
  provider         = aws.management
  admin_account_id = local.accounts.security
}

resource "aws_guardduty_detector" "security" {
  provider = aws.security
  enable   = true
  # An update of a continuing finding arrives within 15 minutes instead of 6 hours. The administrator decides this for the members.
  finding_publishing_frequency = "FIFTEEN_MINUTES"
  tags                         = local.tags
}

resource "aws_guardduty_organization_configuration" "this" {
  provider                         = aws.security
  detector_id                      = aws_guardduty_detector.security.id
  auto_enable_organization_members = "ALL"

  depends_on = [aws_guardduty_organization_admin_account.security]
}

resource "aws_guardduty_organization_configuration_feature" "audit_logs" {
  provider    = aws.security
  detector_id = aws_guardduty_detector.security.id
  name        = "EKS_AUDIT_LOGS"
  auto_enable = "ALL"

  depends_on = [aws_guardduty_organization_configuration.this]
}

# ---- What the clusters need: terraform output -json helm_values

output "helm_values" {
  description = "Per cluster, the sensor chart's values."
  value       = module.cattleguard.helm_values
}

# terraform output -json | ./cattleguard doctor --terraform-output=-
output "cattleguard" {
  description = "Input of `cattleguard doctor`."
  value       = module.cattleguard
}
