# deduplicate: reads sensors' alerts and findings, publishes accepted alerts.

module "deduplicate" {
  source = "./modules/function"
  stack  = local.stack

  name                = "deduplicate"
  description         = "Publishes a problem once, and again for each new object it spreads to."
  pattern             = file("${local.patterns}/deduplicate.json")
  other_rule_arns     = concat(values(aws_cloudwatch_event_rule.findings)[*].arn, [aws_cloudwatch_event_rule.command["deduplicate-command"].arn])
  handler             = "io.cattleguard.deduplicate.lambda.DeduplicateHandler"
  package             = local.packages.deduplicate
  memory_megabytes    = var.memory_megabytes.deduplicate
  maximum_concurrency = var.maximum_concurrency.deduplicate
  layers              = [aws_lambda_layer_version.policy.arn]
  publishes           = { source = "cattleguard.deduplicate", detail_type = "Alert Accepted", other_detail_types = [local.operator_detail_type] }
  statements          = data.aws_iam_policy_document.deduplicate.json

  environment = {
    SIGHTINGS_TABLE  = aws_dynamodb_table.this["sightings"].name
    BUS_NAME         = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY = local.policy_mount
  }
}

data "aws_iam_policy_document" "deduplicate" {
  statement {
    sid       = "CountSightings"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this["sightings"].arn]
  }
  statement {
    sid       = "ReadSilencesAndWhatTheyHide"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem"]
    resources = [aws_dynamodb_table.this["sightings"].arn]
  }

  dynamic "statement" {
    for_each = length(var.audit_clusters) > 0 ? [1] : []
    content {
      sid       = "KeepAuditEventsThatFailed"
      actions   = ["sqs:SendMessage"]
      resources = [module.deduplicate.failed.arn]
    }
  }
}
