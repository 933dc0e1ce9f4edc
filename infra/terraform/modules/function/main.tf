# One step of the road: EventBridge rule, queue with two dead-letter queues, function with its version and alias, role, log
# group and alarms. What a step may do beyond that is the caller's `statements`.

locals {
  full_name      = "${var.stack.name}-${var.name}"
  managed_sse    = var.stack.kms_key_arn == null ? true : null
  fourteen_days  = 14 * 24 * 3600
  rules_may_send = { queue = aws_sqs_queue.this, undelivered = aws_sqs_queue.undelivered }
}

# ---- From the bus into the queue

resource "aws_cloudwatch_event_rule" "this" {
  name           = local.full_name
  description    = "Sends the events that ${var.name} reads to its queue."
  event_bus_name = var.stack.bus_name
  event_pattern  = var.pattern
  tags           = var.stack.tags
}

resource "aws_cloudwatch_event_target" "this" {
  rule           = aws_cloudwatch_event_rule.this.name
  event_bus_name = var.stack.bus_name
  arn            = aws_sqs_queue.this.arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  dynamic "retry_policy" {
    for_each = var.delivery_retry[*]
    content {
      maximum_event_age_in_seconds = retry_policy.value.maximum_age_seconds
      maximum_retry_attempts       = retry_policy.value.maximum_attempts
    }
  }
}

resource "aws_sqs_queue" "this" {
  name                       = local.full_name
  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.message_retention_seconds
  sqs_managed_sse_enabled    = local.managed_sse
  kms_master_key_id          = var.stack.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.failed.arn, maxReceiveCount = var.maximum_receives })
  tags                       = var.stack.tags
}

# Dead-letter queue of the queue: messages that the function failed to process on every delivery.
resource "aws_sqs_queue" "failed" {
  name                      = "${local.full_name}-failed"
  message_retention_seconds = local.fourteen_days
  sqs_managed_sse_enabled   = local.managed_sse
  kms_master_key_id         = var.stack.kms_key_arn
  tags                      = var.stack.tags
}

# Dead-letter queue of the rule: events that EventBridge could not put into the queue.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${local.full_name}-undelivered"
  message_retention_seconds = local.fourteen_days
  sqs_managed_sse_enabled   = local.managed_sse
  kms_master_key_id         = var.stack.kms_key_arn
  tags                      = var.stack.tags
}

data "aws_iam_policy_document" "queues" {
  for_each = local.rules_may_send

  statement {
    sid       = "OnlyItsRulesSend"
    actions   = ["sqs:SendMessage"]
    resources = [each.value.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = concat([aws_cloudwatch_event_rule.this.arn], var.other_rule_arns)
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each  = local.rules_may_send
  queue_url = each.value.url
  policy    = data.aws_iam_policy_document.queues[each.key].json
}

# ---- From the queue into the function

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn        = aws_sqs_queue.this.arn
  function_name           = aws_lambda_alias.live.arn
  batch_size              = var.batch_size
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.stack.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }
}

resource "aws_lambda_function" "this" {
  function_name    = local.full_name
  description      = var.description
  role             = aws_iam_role.this.arn
  handler          = var.handler
  runtime          = var.stack.runtime
  architectures    = [var.stack.architecture]
  memory_size      = var.memory_megabytes
  timeout          = var.timeout_seconds
  filename         = var.package
  source_code_hash = try(filebase64sha256(var.package), null)
  layers           = var.layers
  publish          = true
  kms_key_arn      = var.stack.kms_key_arn
  tags             = var.stack.tags

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = var.environment
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package)
      error_message = "${var.package} does not exist: build it with `./mvnw package`, or name another file in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

# Callers use the alias. It moves to a new version only after that version is published, so the snapshot exists by then.
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.full_name}"
  retention_in_days = var.stack.log_retention_days
  kms_key_id        = var.stack.kms_key_arn
  tags              = var.stack.tags
}

# ---- What the function may do

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "LambdaRunsAsThisRole"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = local.full_name
  description          = "Role of the function ${var.name}. Its inline policy is all that it may do."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.stack.permissions_boundary_arn
  tags                 = var.stack.tags
}

# The caller's statements, and what every function needs.
data "aws_iam_policy_document" "this" {
  source_policy_documents = [var.statements]

  statement {
    sid       = "ReceiveFromItsQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.this.arn]
  }

  dynamic "statement" {
    for_each = var.publishes[*]
    content {
      sid       = "PublishItsEvents"
      actions   = ["events:PutEvents"]
      resources = [var.stack.bus_arn]
      condition {
        test     = "StringLike"
        variable = "events:source"
        values   = [statement.value.source]
      }
      condition {
        test     = "StringEquals"
        variable = "events:detail-type"
        values   = concat([statement.value.detail_type], statement.value.other_detail_types)
      }
    }
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.stack.kms_key_arn[*]
    content {
      sid       = "UseTheEncryptionKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = var.name
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

# ---- Alarms

locals {
  alarms = {
    failed = {
      description = "Dead-letter queue ${aws_sqs_queue.failed.name} has messages: ${var.name} failed to process them on every delivery. Read one, fix the cause, redrive (README, Dead-letter queues)."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.failed.name }
      statistic   = "Maximum"
      threshold   = 0
      periods     = 1
      breaching   = null
    }
    undelivered = {
      description = "Dead-letter queue ${aws_sqs_queue.undelivered.name} has messages: EventBridge could not put them into queue ${aws_sqs_queue.this.name}. Read one, fix the cause, send them again (README, Dead-letter queues)."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.undelivered.name }
      statistic   = "Maximum"
      threshold   = 0
      periods     = 1
      breaching   = null
    }
    oldest-message = {
      description = "${var.name} cannot process messages as fast as they arrive: the oldest message in queue ${aws_sqs_queue.this.name} is older than ${var.oldest_message_alarm_seconds} s."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.this.name }
      statistic   = "Maximum"
      threshold   = var.oldest_message_alarm_seconds
      periods     = 3
      breaching   = null
    }
    throttles = {
      description = "Lambda throttles ${var.name}: the account's concurrency is used up, or the function's reserved concurrency is 0 (README, Kill switch)."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 5
      breaching   = 3
    }
    errors = {
      description = "${var.name} ends with an error and whole batches are retried. Usual causes: a wrong setting, a timeout, not enough memory. The function's log has the error."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 5
      breaching   = 3
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${local.full_name}-${each.key}"
  alarm_description   = "${each.value.description}${var.stack.runbook}${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.breaching
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.stack.alarm_topic_arns
  ok_actions          = var.stack.alarm_topic_arns
  tags                = var.stack.tags
}
