# score: accepted alerts in, the same with 0 to 100 points and reasons out.

resource "aws_cloudwatch_event_rule" "score" {
  name           = "${var.name}-score"
  description    = "What deduplicate accepted goes to score."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/score.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "score" {
  rule           = aws_cloudwatch_event_rule.score.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_sqs_queue.score.arn

  dead_letter_config {
    arn = aws_sqs_queue.score_undelivered.arn
  }
}

resource "aws_sqs_queue" "score" {
  name                       = "${var.name}-score"
  visibility_timeout_seconds = 6 * 30
  message_retention_seconds  = 4 * 24 * 3600
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.score_failed.arn, maxReceiveCount = 5 })
  tags                       = var.tags
}

# What score failed at, each time it was tried.
resource "aws_sqs_queue" "score_failed" {
  name                      = "${var.name}-score-failed"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

# What the rule could not put into the queue.
resource "aws_sqs_queue" "score_undelivered" {
  name                      = "${var.name}-score-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "score_queues" {
  for_each = { queue = aws_sqs_queue.score.arn, undelivered = aws_sqs_queue.score_undelivered.arn }

  statement {
    sid       = "OnlyItsRuleSends"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.score.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "score" {
  for_each  = { queue = aws_sqs_queue.score.url, undelivered = aws_sqs_queue.score_undelivered.url }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.score_queues[each.key].json
}

resource "aws_lambda_event_source_mapping" "score" {
  event_source_arn        = aws_sqs_queue.score.arn
  function_name           = aws_lambda_alias.score.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency.score
  }
}

resource "aws_lambda_function" "score" {
  function_name    = "${var.name}-score"
  description      = "Says how much an alert matters, and why."
  role             = aws_iam_role.score.arn
  handler          = "io.cattleguard.score.lambda.ScoreHandler"
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_megabytes.score
  timeout          = 30
  filename         = local.packages.score
  source_code_hash = try(filebase64sha256(local.packages.score), null)
  layers           = [aws_lambda_layer_version.policy.arn]
  publish          = true
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = {
      HISTORIES_TABLE  = aws_dynamodb_table.histories.name
      BUS_NAME         = aws_cloudwatch_event_bus.this.name
      POLICY_DIRECTORY = local.policy_mount
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages.score)
      error_message = "${local.packages.score} is not there: make it with `./mvnw package`, or name another in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.score, aws_iam_role_policy.score]
}

# What is called; a version is published first and then called, so that a snapshot is there when it is.
resource "aws_lambda_alias" "score" {
  name             = "live"
  function_name    = aws_lambda_function.score.function_name
  function_version = aws_lambda_function.score.version
}

resource "aws_cloudwatch_log_group" "score" {
  name              = "/aws/lambda/${var.name}-score"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_iam_role" "score" {
  name                 = "${var.name}-score"
  description          = "score: reads its queue, keeps workloads' histories, tells the bus."
  assume_role_policy   = data.aws_iam_policy_document.lambda_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "score" {
  statement {
    sid       = "TakeWhatIsInItsQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.score.arn]
  }

  statement {
    sid       = "RememberWorkloads"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.histories.arn]
  }

  statement {
    sid       = "TellTheBusWhatItScored"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["cattleguard.score"]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = ["Alert Scored"]
    }
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.score.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "ReadAndWriteWhatIsEncryptedWithYourKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "score" {
  name   = "score"
  role   = aws_iam_role.score.id
  policy = data.aws_iam_policy_document.score.json
}
