# answer: reads questions that people ask in Slack, looks the answer up in the tables of record, respond and deduplicate, or in the models
# of the policy, and sends it to the address that Slack gave with the question. It writes and publishes nothing, and holds no secret. It exists if `slack` is set.

module "answer" {
  source = "./modules/function"
  stack  = local.stack
  count  = length(local.operates)

  name                = "answer"
  description         = "Answers questions of people in Slack."
  pattern             = file("${local.patterns}/answer.json")
  handler             = "io.cattleguard.answer.lambda.AnswerHandler"
  package             = local.packages.answer
  memory_megabytes    = var.memory_megabytes.answer
  maximum_concurrency = var.maximum_concurrency.answer
  layers              = [aws_lambda_layer_version.policy.arn]
  statements          = data.aws_iam_policy_document.answer[count.index].json

  # While Slack is unavailable, an answer is retried after 90, 180 and 270 seconds. After 5 minutes the question is too old.
  # A DynamoDB call that gets no response takes up to 20 seconds.
  timeout_seconds              = 45
  visibility_timeout_seconds   = 90
  oldest_message_alarm_seconds = 600
  batch_size                   = 1

  environment = {
    INCIDENTS_TABLE  = aws_dynamodb_table.incidents.name
    LEDGER_TABLE     = aws_dynamodb_table.this["ledger"].name
    SIGHTINGS_TABLE  = aws_dynamodb_table.this["sightings"].name
    POLICY_DIRECTORY = local.policy_mount
  }
}

data "aws_iam_policy_document" "answer" {
  count = length(local.operates)

  statement {
    sid       = "ReadIncidentsContainmentsAndSilences"
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.incidents.arn, aws_dynamodb_table.this["ledger"].arn, aws_dynamodb_table.this["sightings"].arn]
  }

  statement {
    sid       = "ListIncidents"
    actions   = ["dynamodb:Query"]
    resources = ["${aws_dynamodb_table.incidents.arn}/index/*"]
  }
}
