# route: reads scored alerts and outcomes of responses, sends them to Slack, SIEM and pager. It publishes nothing.

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
  statements          = data.aws_iam_policy_document.route.json

  # A destination may be down for an hour without loss: one delivery every 2 minutes, 30 times.
  visibility_timeout_seconds   = 120
  maximum_receives             = 30
  oldest_message_alarm_seconds = 900

  environment = merge(var.route_settings, {
    CONVERSATIONS_TABLE = aws_dynamodb_table.this["conversations"].name
    POLICY_DIRECTORY    = local.policy_mount
  })
}

data "aws_iam_policy_document" "route" {
  statement {
    sid       = "ReadAndUpdateConversations"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this["conversations"].arn]
  }
}
