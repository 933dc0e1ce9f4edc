# route: scored alerts and outcomes of responses in, people and systems told.

# A destination that is down for an hour loses nothing: a message is tried every 2 minutes, 30 times.

resource "aws_cloudwatch_event_rule" "route" {
  name           = "${var.name}-route"
  description    = "What was scored, and what was done about it, goes to route."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/route.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "route" {
  rule           = aws_cloudwatch_event_rule.route.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_sqs_queue.route.arn

  dead_letter_config {
    arn = aws_sqs_queue.route_undelivered.arn
  }
}

resource "aws_sqs_queue" "route" {
  name                       = "${var.name}-route"
  visibility_timeout_seconds = 120
  message_retention_seconds  = 4 * 24 * 3600
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.route_failed.arn, maxReceiveCount = 30 })
  tags                       = var.tags
}

# What route failed at, each time it was tried.
resource "aws_sqs_queue" "route_failed" {
  name                      = "${var.name}-route-failed"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

# What the rule could not put into the queue.
resource "aws_sqs_queue" "route_undelivered" {
  name                      = "${var.name}-route-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "route_queues" {
  for_each = { queue = aws_sqs_queue.route.arn, undelivered = aws_sqs_queue.route_undelivered.arn }

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
      values   = [aws_cloudwatch_event_rule.route.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "route" {
  for_each  = { queue = aws_sqs_queue.route.url, undelivered = aws_sqs_queue.route_undelivered.url }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.route_queues[each.key].json
}

resource "aws_lambda_event_source_mapping" "route" {
  event_source_arn        = aws_sqs_queue.route.arn
  function_name           = aws_lambda_alias.route.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency.route
  }
}

resource "aws_lambda_function" "route" {
  function_name    = "${var.name}-route"
  description      = "Tells Slack, SIEM and pager."
  role             = aws_iam_role.route.arn
  handler          = "io.cattleguard.route.lambda.RouteHandler"
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_megabytes.route
  timeout          = 60
  filename         = local.packages.route
  source_code_hash = try(filebase64sha256(local.packages.route), null)
  layers           = [aws_lambda_layer_version.policy.arn]
  publish          = true
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = merge(var.route_settings, {
      CONVERSATIONS_TABLE = aws_dynamodb_table.conversations.name
      POLICY_DIRECTORY    = local.policy_mount
    })
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages.route)
      error_message = "${local.packages.route} is not there: make it with `./mvnw package`, or name another in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.route, aws_iam_role_policy.route]
}

# What is called; a version is published first and then called, so that a snapshot is there when it is.
resource "aws_lambda_alias" "route" {
  name             = "live"
  function_name    = aws_lambda_function.route.function_name
  function_version = aws_lambda_function.route.version
}

resource "aws_cloudwatch_log_group" "route" {
  name              = "/aws/lambda/${var.name}-route"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_iam_role" "route" {
  name                 = "${var.name}-route"
  description          = "route: reads its queue and remembers what it told; puts nothing on the bus."
  assume_role_policy   = data.aws_iam_policy_document.lambda_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "route" {
  statement {
    sid       = "TakeWhatIsInItsQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.route.arn]
  }

  statement {
    sid       = "RememberWhatWasTold"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.conversations.arn]
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.route.arn}:*"]
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

resource "aws_iam_role_policy" "route" {
  name   = "route"
  role   = aws_iam_role.route.id
  policy = data.aws_iam_policy_document.route.json
}
