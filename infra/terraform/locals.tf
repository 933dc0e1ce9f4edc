# Names that several pages use.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.name

  # The one copy of each pattern; events/README.md says what passes where.
  patterns = "${path.module}/../../events/patterns"

  packages = {
    for step in ["deduplicate", "score", "route", "respond-kubernetes", "respond-aws"] :
    step => coalesce(var.packages[step], "${path.module}/../../functions/${step}/target/cattleguard-${step}.zip")
  }

  sensor_detail_types = ["Runtime Alerts", "Sensor Heartbeat"]

  own_clusters     = { for name, cluster in var.clusters : name => cluster if cluster.sensor_role_arn == null }
  foreign_clusters = { for name, cluster in var.clusters : name => cluster if cluster.sensor_role_arn != null }

  # IAM takes 64 characters; a long cluster name is cut and told apart by its hash.
  sensor_role_names = {
    for name in keys(var.clusters) : name =>
    length("${var.name}-sensor-${name}") <= 64 ? "${var.name}-sensor-${name}" : "${substr("${var.name}-sensor-${name}", 0, 55)}-${substr(sha256(name), 0, 8)}"
  }

  sensor_role_arns = {
    for name, cluster in var.clusters : name => cluster.sensor_role_arn != null ? cluster.sensor_role_arn : aws_iam_role.sensor[name].arn
  }

  enforced_ec2_actions = var.response_mode == "enforce" ? var.ec2_actions : []
  # Not the resource's own: the function waits for the policy that names it.
  respond_function_arn = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}-respond-kubernetes"
  kubernetes_group     = var.response_mode == "enforce" ? "cattleguard-respond" : "cattleguard-observe"

  # What alarms, dashboard and outputs say of each step.
  road = {
    deduplicate = {
      function        = aws_lambda_function.deduplicate.function_name
      queue           = aws_sqs_queue.deduplicate.name
      queue_url       = aws_sqs_queue.deduplicate.url
      failed          = aws_sqs_queue.deduplicate_failed.name
      failed_url      = aws_sqs_queue.deduplicate_failed.url
      undelivered     = aws_sqs_queue.deduplicate_undelivered.name
      undelivered_url = aws_sqs_queue.deduplicate_undelivered.url
      # Seconds that a message may wait before it is an alarm.
      patience = 300
    }
    score = {
      function        = aws_lambda_function.score.function_name
      queue           = aws_sqs_queue.score.name
      queue_url       = aws_sqs_queue.score.url
      failed          = aws_sqs_queue.score_failed.name
      failed_url      = aws_sqs_queue.score_failed.url
      undelivered     = aws_sqs_queue.score_undelivered.name
      undelivered_url = aws_sqs_queue.score_undelivered.url
      patience        = 300
    }
    route = {
      function        = aws_lambda_function.route.function_name
      queue           = aws_sqs_queue.route.name
      queue_url       = aws_sqs_queue.route.url
      failed          = aws_sqs_queue.route_failed.name
      failed_url      = aws_sqs_queue.route_failed.url
      undelivered     = aws_sqs_queue.route_undelivered.name
      undelivered_url = aws_sqs_queue.route_undelivered.url
      patience        = 900
    }
    respond-kubernetes = {
      function        = aws_lambda_function.respond_kubernetes.function_name
      queue           = aws_sqs_queue.respond_kubernetes.name
      queue_url       = aws_sqs_queue.respond_kubernetes.url
      failed          = aws_sqs_queue.respond_kubernetes_failed.name
      failed_url      = aws_sqs_queue.respond_kubernetes_failed.url
      undelivered     = aws_sqs_queue.respond_kubernetes_undelivered.name
      undelivered_url = aws_sqs_queue.respond_kubernetes_undelivered.url
      patience        = 120
    }
    respond-aws = {
      function        = aws_lambda_function.respond_aws.function_name
      queue           = aws_sqs_queue.respond_aws.name
      queue_url       = aws_sqs_queue.respond_aws.url
      failed          = aws_sqs_queue.respond_aws_failed.name
      failed_url      = aws_sqs_queue.respond_aws_failed.url
      undelivered     = aws_sqs_queue.respond_aws_undelivered.name
      undelivered_url = aws_sqs_queue.respond_aws_undelivered.url
      patience        = 120
    }
  }

  # Who alone may write an event of that source: one role, or several.
  speakers = merge(
    { for name, arn in local.sensor_role_arns : "cattleguard.sensor.${name}" => arn },
    {
      "cattleguard.sensor.canary" = aws_iam_role.canary.arn
      "cattleguard.deduplicate"   = aws_iam_role.deduplicate.arn
      "cattleguard.score"         = aws_iam_role.score.arn
      "cattleguard.respond"       = [aws_iam_role.respond_kubernetes.arn, aws_iam_role.respond_aws.arn]
    },
  )
}

data "aws_iam_policy_document" "lambda_trust" {
  statement {
    sid     = "LambdaOfThisAccount"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
