# respond-kubernetes: scored alerts in, one exact pod contained, or every objection told.

# Old news does not act, so nothing waits long here: the rule gives up after 15 minutes, and what failed is tried again
# after two and a half, when no claim of the attempt before holds any more (2 minutes), within a playbook's freshness.

resource "aws_cloudwatch_event_rule" "respond_kubernetes" {
  name           = "${var.name}-respond-kubernetes"
  description    = "What was scored and may be about a cluster goes to respond-kubernetes; what is replayed does not."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/respond-kubernetes.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "respond_kubernetes" {
  rule           = aws_cloudwatch_event_rule.respond_kubernetes.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_sqs_queue.respond_kubernetes.arn

  dead_letter_config {
    arn = aws_sqs_queue.respond_kubernetes_undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 900
    maximum_retry_attempts       = 60
  }
}

resource "aws_sqs_queue" "respond_kubernetes" {
  name                       = "${var.name}-respond-kubernetes"
  visibility_timeout_seconds = 150
  message_retention_seconds  = 3600
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.respond_kubernetes_failed.arn, maxReceiveCount = 5 })
  tags                       = var.tags
}

# What respond failed at, each time it was tried.
resource "aws_sqs_queue" "respond_kubernetes_failed" {
  name                      = "${var.name}-respond-kubernetes-failed"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

# What the rule could not put into the queue.
resource "aws_sqs_queue" "respond_kubernetes_undelivered" {
  name                      = "${var.name}-respond-kubernetes-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "respond_kubernetes_queues" {
  for_each = { queue = aws_sqs_queue.respond_kubernetes.arn, undelivered = aws_sqs_queue.respond_kubernetes_undelivered.arn }

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
      values   = [aws_cloudwatch_event_rule.respond_kubernetes.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "respond_kubernetes" {
  for_each  = { queue = aws_sqs_queue.respond_kubernetes.url, undelivered = aws_sqs_queue.respond_kubernetes_undelivered.url }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.respond_kubernetes_queues[each.key].json
}

resource "aws_lambda_event_source_mapping" "respond_kubernetes" {
  event_source_arn        = aws_sqs_queue.respond_kubernetes.arn
  function_name           = aws_lambda_alias.respond_kubernetes.arn
  batch_size              = 1
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency.respond
  }
}

resource "aws_lambda_function" "respond_kubernetes" {
  function_name    = "${var.name}-respond-kubernetes"
  description      = "Contains one exact pod behind guards, or says why not."
  role             = aws_iam_role.respond_kubernetes.arn
  handler          = "io.cattleguard.respond.kubernetes.KubernetesHandler"
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_megabytes.respond
  timeout          = 120
  filename         = local.packages["respond-kubernetes"]
  source_code_hash = try(filebase64sha256(local.packages["respond-kubernetes"]), null)
  layers           = [aws_lambda_layer_version.policy.arn, aws_lambda_layer_version.clusters.arn]
  publish          = true
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = {
      LEDGER_TABLE     = aws_dynamodb_table.ledger.name
      BUS_NAME         = aws_cloudwatch_event_bus.this.name
      POLICY_DIRECTORY = local.policy_mount
      CLUSTERS_FILE    = local.clusters_mount
      RESPONSE_MODE    = var.response_mode
    }
  }

  dynamic "vpc_config" {
    for_each = var.respond_vpc[*]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages["respond-kubernetes"])
      error_message = "${local.packages["respond-kubernetes"]} is not there: make it with `./mvnw package`, or name another in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.respond_kubernetes, aws_iam_role_policy.respond_kubernetes]
}

# What is called; a version is published first and then called, so that a snapshot is there when it is.
resource "aws_lambda_alias" "respond_kubernetes" {
  name             = "live"
  function_name    = aws_lambda_function.respond_kubernetes.function_name
  function_version = aws_lambda_function.respond_kubernetes.version
}

resource "aws_cloudwatch_log_group" "respond_kubernetes" {
  name              = "/aws/lambda/${var.name}-respond-kubernetes"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_iam_role" "respond_kubernetes" {
  name                 = "${var.name}-respond-kubernetes"
  description          = "respond, ${var.response_mode}: what it may touch stands in its policy."
  assume_role_policy   = data.aws_iam_policy_document.lambda_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "respond_kubernetes" {
  statement {
    sid       = "TakeWhatIsInItsQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.respond_kubernetes.arn]
  }

  statement {
    sid       = "KeepTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.ledger.arn]
  }

  statement {
    sid       = "TellTheBusWhatItDecided"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["cattleguard.respond"]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = ["Response Decided"]
    }
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.respond_kubernetes.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "ReadAndWriteWhatIsEncryptedWithYourKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = length(local.respond_roles) > 0 ? [1] : []
    content {
      sid       = "ReachClustersOfOtherAccounts"
      actions   = ["sts:AssumeRole"]
      resources = local.respond_roles
    }
  }

  # These cannot be bound to a resource: Lambda's own interfaces in the VPC.
  dynamic "statement" {
    for_each = var.respond_vpc[*]
    content {
      sid       = "RunInTheVpc"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]
      resources = ["*"]
    }
  }

  # Lambda does that as this role; respond's own code never does. Its calls carry the function's name, Lambda's do not.
  dynamic "statement" {
    for_each = var.respond_vpc[*]
    content {
      sid       = "TheCodeItselfTouchesNoInterfaceOfTheVpc"
      effect    = "Deny"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]
      resources = ["*"]
      condition {
        test     = "ArnLike"
        variable = "lambda:SourceFunctionArn"
        values   = [local.respond_function_arn, "${local.respond_function_arn}:*"]
      }
    }
  }

}

resource "aws_iam_role_policy" "respond_kubernetes" {
  name   = "respond"
  role   = aws_iam_role.respond_kubernetes.id
  policy = data.aws_iam_policy_document.respond_kubernetes.json
}

# What Kubernetes lets it do is bound to one of two groups: infra/kubernetes has the rights of each.
resource "aws_eks_access_entry" "respond_kubernetes" {
  for_each          = local.touched_own_clusters
  cluster_name      = each.key
  principal_arn     = aws_iam_role.respond_kubernetes.arn
  type              = "STANDARD"
  user_name         = "cattleguard:respond"
  kubernetes_groups = [local.kubernetes_group]
  tags              = var.tags
}
