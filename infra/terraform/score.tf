# score: reads accepted alerts, publishes them with a score of 0 to 100 and its reasons.

module "score" {
  source = "./modules/function"
  stack  = local.stack

  name                = "score"
  description         = "Gives an alert a score of 0 to 100, with reasons."
  pattern             = file("${local.patterns}/score.json")
  handler             = "io.cattleguard.score.lambda.ScoreHandler"
  package             = local.packages.score
  memory_megabytes    = var.memory_megabytes.score
  maximum_concurrency = var.maximum_concurrency.score
  layers              = [aws_lambda_layer_version.policy.arn]
  publishes           = { source = "cattleguard.score", detail_type = "Alert Scored" }
  statements          = data.aws_iam_policy_document.score.json

  environment = {
    HISTORIES_TABLE  = aws_dynamodb_table.this["histories"].name
    BUS_NAME         = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY = local.policy_mount
  }
}

data "aws_iam_policy_document" "score" {
  statement {
    sid       = "UpdateWorkloadHistories"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this["histories"].arn]
  }
  # An alert of several objects, such as an attack sequence, joins their incidents.
  statement {
    sid       = "ReadIncidentsToJoin"
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.this["histories"].arn]
  }
}
