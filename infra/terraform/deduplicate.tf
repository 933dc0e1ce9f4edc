# deduplicate: sensors' entries and findings in, accepted alerts out.

resource "aws_cloudwatch_event_rule" "deduplicate" {
  name           = "${var.name}-deduplicate"
  description    = "What sensors saw goes to deduplicate."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/deduplicate.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "deduplicate" {
  rule           = aws_cloudwatch_event_rule.deduplicate.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_sqs_queue.deduplicate.arn

  dead_letter_config {
    arn = aws_sqs_queue.deduplicate_undelivered.arn
  }
}

resource "aws_sqs_queue" "deduplicate" {
  name                       = "${var.name}-deduplicate"
  visibility_timeout_seconds = 6 * 30
  message_retention_seconds  = 4 * 24 * 3600
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.deduplicate_failed.arn, maxReceiveCount = 5 })
  tags                       = var.tags
}

# What deduplicate failed at, each time it was tried.
resource "aws_sqs_queue" "deduplicate_failed" {
  name                      = "${var.name}-deduplicate-failed"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

# What the rule could not put into the queue.
resource "aws_sqs_queue" "deduplicate_undelivered" {
  name                      = "${var.name}-deduplicate-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "deduplicate_queues" {
  for_each = { queue = aws_sqs_queue.deduplicate.arn, undelivered = aws_sqs_queue.deduplicate_undelivered.arn }

  statement {
    sid       = "OnlyItsRulesSend"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = concat([aws_cloudwatch_event_rule.deduplicate.arn], values(aws_cloudwatch_event_rule.findings)[*].arn)
    }
  }
}

resource "aws_sqs_queue_policy" "deduplicate" {
  for_each  = { queue = aws_sqs_queue.deduplicate.url, undelivered = aws_sqs_queue.deduplicate_undelivered.url }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.deduplicate_queues[each.key].json
}

resource "aws_lambda_event_source_mapping" "deduplicate" {
  event_source_arn        = aws_sqs_queue.deduplicate.arn
  function_name           = aws_lambda_alias.deduplicate.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency.deduplicate
  }
}

resource "aws_lambda_function" "deduplicate" {
  function_name    = "${var.name}-deduplicate"
  description      = "Tells a problem once, and a known one on a new object still to respond."
  role             = aws_iam_role.deduplicate.arn
  handler          = "io.cattleguard.deduplicate.lambda.DeduplicateHandler"
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_megabytes.deduplicate
  timeout          = 30
  filename         = local.packages.deduplicate
  source_code_hash = try(filebase64sha256(local.packages.deduplicate), null)
  layers           = [aws_lambda_layer_version.policy.arn]
  publish          = true
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = {
      SIGHTINGS_TABLE  = aws_dynamodb_table.sightings.name
      BUS_NAME         = aws_cloudwatch_event_bus.this.name
      POLICY_DIRECTORY = local.policy_mount
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages.deduplicate)
      error_message = "${local.packages.deduplicate} is not there: make it with `./mvnw package`, or name another in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.deduplicate, aws_iam_role_policy.deduplicate]
}

# What is called; a version is published first and then called, so that a snapshot is there when it is.
resource "aws_lambda_alias" "deduplicate" {
  name             = "live"
  function_name    = aws_lambda_function.deduplicate.function_name
  function_version = aws_lambda_function.deduplicate.version
}

resource "aws_cloudwatch_log_group" "deduplicate" {
  name              = "/aws/lambda/${var.name}-deduplicate"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_iam_role" "deduplicate" {
  name                 = "${var.name}-deduplicate"
  description          = "deduplicate: reads its queue, keeps its sightings, tells the bus."
  assume_role_policy   = data.aws_iam_policy_document.lambda_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "deduplicate" {
  statement {
    sid       = "TakeWhatIsInItsQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.deduplicate.arn]
  }

  statement {
    sid       = "CountSightings"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.sightings.arn]
  }

  statement {
    sid       = "TellTheBusWhatItAccepted"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["cattleguard.deduplicate"]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = ["Alert Accepted"]
    }
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.deduplicate.arn}:*"]
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

resource "aws_iam_role_policy" "deduplicate" {
  name   = "deduplicate"
  role   = aws_iam_role.deduplicate.id
  policy = data.aws_iam_policy_document.deduplicate.json
}
