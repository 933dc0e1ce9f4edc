# A synthetic alert of the lowest severity that passes all steps, so that a missing one at the end means a broken step. Each
# has its own namespace and is therefore a new problem that is never merged. It also keeps the responders' snapshots active: Lambda
# deactivates a version that was not invoked for 14 days. Responders answer it in a dry run, and people are not notified of it
# (events/.../canary/Canary.java says what a canary is). Each hop has an alarm (alarms.tf).

locals {
  # Scheduler fills these placeholders. jsonencode would escape their < and >, so they are inserted afterwards.
  canary_event = jsonencode({
    time     = "AT"
    rule     = "Cattleguard canary"
    priority = "Debug"
    source   = "syscall"
    hostname = "canary"
    output   = "Synthetic alert: every step works."
    output_fields = {
      "k8s.ns.name"  = "canary-EXECUTION"
      "k8s.pod.name" = "canary"
      "proc.name"    = "canary"
    }
  })
  canary_detail = replace(replace(jsonencode({
    schema     = "cattleguard/v1"
    id         = "EXECUTION"
    cluster    = "canary"
    observedAt = "AT"
    hops       = 0
    alerts     = [{ event = local.canary_event, count = 1, firstAt = "AT", lastAt = "AT" }]
  }), "EXECUTION", "<aws.scheduler.execution-id>"), "/\\bAT\\b/", "<aws.scheduler.scheduled-time>")
}

resource "aws_scheduler_schedule" "canary" {
  name                         = "${var.name}-canary"
  description                  = "Sends Cattleguard's synthetic alert through all steps."
  schedule_expression          = "rate(${var.canary_minutes} minutes)"
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_cloudwatch_event_bus.this.arn
    role_arn = aws_iam_role.canary.arn
    input    = local.canary_detail

    eventbridge_parameters {
      source      = "cattleguard.sensor.canary"
      detail_type = "Runtime Alerts"
    }
    # A late canary is useless, because its absence is the signal.
    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 2
    }
    dead_letter_config {
      arn = aws_sqs_queue.canary_undelivered.arn
    }
  }
}

resource "aws_sqs_queue" "canary_undelivered" {
  name                      = "${var.name}-canary-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "canary_trust" {
  statement {
    sid     = "SchedulerOfThisAccount"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "canary" {
  name                 = "${var.name}-canary"
  description          = "Scheduler's role for the canary: publishes alerts of a cluster that does not exist."
  assume_role_policy   = data.aws_iam_policy_document.canary_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "canary" {
  statement {
    sid       = "PublishTheCanaryOnly"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["cattleguard.sensor.canary"]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = ["Runtime Alerts"]
    }
  }

  statement {
    sid       = "SendUndeliveredCanariesToTheDeadLetterQueue"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.canary_undelivered.arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "UseTheEncryptionKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "canary" {
  name   = "canary"
  role   = aws_iam_role.canary.id
  policy = data.aws_iam_policy_document.canary.json
}
