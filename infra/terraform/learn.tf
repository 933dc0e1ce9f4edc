# learn: reads the sensors' reports about workloads, stores the learnt behaviour, and publishes deviations from the policy's models
# as alerts. No alert waits for it. Without `learn.enabled` in a sensor's chart it receives nothing.

module "learn" {
  source = "./modules/function"
  stack  = local.stack

  name                = "learn"
  description         = "Learns the behaviour of workloads, and publishes deviations from their models as alerts."
  pattern             = file("${local.patterns}/learn.json")
  handler             = "io.cattleguard.learn.lambda.LearnHandler"
  package             = local.packages.learn
  memory_megabytes    = var.memory_megabytes.learn
  maximum_concurrency = var.maximum_concurrency.learn
  layers              = [aws_lambda_layer_version.policy.arn]
  # On behalf of the sensor that reported, whose cluster and pod the source names.
  publishes  = { source = "cattleguard.learn.*", detail_type = "Runtime Alerts" }
  statements = data.aws_iam_policy_document.learn.json

  environment = {
    MODELS_TABLE     = aws_dynamodb_table.this["models"].name
    BUS_NAME         = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY = local.policy_mount
  }
}

# For the people who run `model pull`: attach it to their roles.
data "aws_iam_policy_document" "read_models" {
  statement {
    sid       = "ReadLearntModels"
    actions   = ["dynamodb:Scan"]
    resources = [aws_dynamodb_table.this["models"].arn]
  }
}

data "aws_iam_policy_document" "learn" {
  statement {
    sid       = "UpdateLearntModels"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this["models"].arn]
  }
}
