# route: reads scored alerts and outcomes of responses, sends them to Slack, SIEM and pager, and publishes which
# incidents notified people.

module "route" {
  source = "./modules/function"
  stack  = local.stack

  name                = "route"
  description         = "Sends alerts and outcomes of responses to Slack, SIEM and pager."
  pattern             = file("${local.patterns}/route.json")
  other_rule_arns     = [aws_cloudwatch_event_rule.digest_timer.arn, aws_cloudwatch_event_rule.command["route-command"].arn]
  handler             = "io.cattleguard.route.lambda.RouteHandler"
  package             = local.packages.route
  memory_megabytes    = var.memory_megabytes.route
  maximum_concurrency = var.maximum_concurrency.route
  timeout_seconds     = 60
  layers              = [aws_lambda_layer_version.policy.arn]
  publishes           = { source = "cattleguard.route", detail_type = "People Notified" }
  statements          = data.aws_iam_policy_document.route.json

  # A destination may be down for an hour without loss: one delivery every 2 minutes, 30 times.
  visibility_timeout_seconds   = 120
  maximum_receives             = 30
  oldest_message_alarm_seconds = 900

  # The value of a secret is in no variable and in no state: route reads it by its ARN.
  environment = merge(var.route_settings, { for name, arn in var.route_secret_arns : "${name}_SECRET_ARN" => arn }, {
    CONVERSATIONS_TABLE = aws_dynamodb_table.this["conversations"].name
    BUS_NAME            = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY    = local.policy_mount
  })
}

locals {
  # The secret's ARN without the JSON key, <arn>:<key>::, which route selects.
  route_secret_arns    = distinct([for arn in values(var.route_secret_arns) : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")])
  route_parameter_arns = distinct([for arn in values(var.route_secret_arns) : arn if strcontains(arn, ":ssm:")])
}

data "aws_iam_policy_document" "route" {
  statement {
    sid       = "ReadAndUpdateConversations"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this["conversations"].arn]
  }

  dynamic "statement" {
    for_each = length(local.route_secret_arns) > 0 ? [1] : []
    content {
      sid       = "ReadSecretsOfDestinations"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = local.route_secret_arns
    }
  }

  dynamic "statement" {
    for_each = length(local.route_parameter_arns) > 0 ? [1] : []
    content {
      sid       = "ReadParametersOfDestinations"
      actions   = ["ssm:GetParameter"]
      resources = local.route_parameter_arns
    }
  }

  dynamic "statement" {
    for_each = length(var.route_destinations.bucket_arns) > 0 ? [1] : []
    content {
      sid       = "WriteFindingsToBuckets"
      actions   = ["s3:PutObject"]
      resources = [for arn in var.route_destinations.bucket_arns : "${arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.route_destinations.topic_arns) > 0 ? [1] : []
    content {
      sid       = "PublishToTopics"
      actions   = ["sns:Publish"]
      resources = var.route_destinations.topic_arns
    }
  }

  dynamic "statement" {
    for_each = var.route_destinations.security_hub ? [1] : []
    content {
      sid       = "ImportFindings"
      actions   = ["securityhub:BatchImportFindings"]
      resources = ["arn:${local.partition}:securityhub:${local.region}:${local.account}:product/${local.account}/default"]
    }
  }

  dynamic "statement" {
    for_each = length(var.route_destinations.kms_key_arns) > 0 ? [1] : []
    content {
      sid       = "UseKeysOfSecretsBucketsAndTopics"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = var.route_destinations.kms_key_arns

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = [for service in ["secretsmanager", "ssm", "s3", "sns"] : "${service}.*.amazonaws.com*"]
      }
    }
  }
}
