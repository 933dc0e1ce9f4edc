# operate: receives commands and questions from Slack, checks that Slack signed them and that the policy allows the person to give
# them, and publishes them. Its role allows nothing else; answer.tf answers questions. It exists if `slack` is set. Commands with AWS credentials are in operators.tf.

locals {
  operates         = var.slack == null ? [] : [var.slack]
  operate_name     = "${var.name}-operate"
  operate_source   = "cattleguard.operator"
  operate_path     = "/slack"
  operate_role_arn = one(aws_iam_role.operate[*].arn)
}

# ---- From Slack to the function

# An HTTP API instead of a function URL: a public function URL needs a permission for everyone to invoke the function, which version 5
# of the provider cannot limit to the URL; and only an API has a limit of requests.
resource "aws_apigatewayv2_api" "operate" {
  count         = length(local.operates)
  name          = local.operate_name
  description   = "Cattleguard: commands and questions from Slack. The function checks Slack's signature."
  protocol_type = "HTTP"
  tags          = var.tags
}

resource "aws_apigatewayv2_integration" "operate" {
  count                  = length(local.operates)
  api_id                 = aws_apigatewayv2_api.operate[count.index].id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = aws_lambda_alias.operate[count.index].invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 10000
}

# GET is Slack's check of the certificate.
resource "aws_apigatewayv2_route" "operate" {
  for_each  = toset(var.slack == null ? [] : ["POST", "GET"])
  api_id    = aws_apigatewayv2_api.operate[0].id
  route_key = "${each.key} ${local.operate_path}"
  target    = "integrations/${aws_apigatewayv2_integration.operate[0].id}"
}

# People press a few buttons per minute. If strangers send more requests than that, these are rejected before the function runs, and
# so are people's presses meanwhile. The command line does not use this API.
resource "aws_apigatewayv2_stage" "operate" {
  count       = length(local.operates)
  api_id      = aws_apigatewayv2_api.operate[count.index].id
  name        = "$default"
  auto_deploy = true
  tags        = var.tags

  default_route_settings {
    throttling_rate_limit  = 20
    throttling_burst_limit = 40
  }

  depends_on = [aws_apigatewayv2_route.operate]
}

resource "aws_lambda_permission" "operate" {
  count         = length(local.operates)
  statement_id  = "ItsApiCalls"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.operate[count.index].function_name
  qualifier     = aws_lambda_alias.operate[count.index].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.operate[count.index].execution_arn}/*/*${local.operate_path}"
}

# ---- The function

resource "aws_lambda_function" "operate" {
  count            = length(local.operates)
  function_name    = local.operate_name
  description      = "Publishes the commands and questions that people send from Slack."
  role             = aws_iam_role.operate[count.index].arn
  handler          = "io.cattleguard.operate.lambda.OperateHandler"
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_megabytes.operate
  timeout          = 10
  filename         = local.packages.operate
  source_code_hash = try(filebase64sha256(local.packages.operate), null)
  layers           = [aws_lambda_layer_version.policy.arn]
  publish          = true
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  # The other functions are limited by their queues' mappings. Strangers can call this one too. With reserved concurrency it cannot use
  # up the account's concurrency, and has some of it even in an alert storm.
  reserved_concurrent_executions = var.maximum_concurrency.operate

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = {
      BUS_NAME           = aws_cloudwatch_event_bus.this.name
      POLICY_DIRECTORY   = local.policy_mount
      SIGNING_SECRET_ARN = local.operates[count.index].signing_secret_arn
      SLACK_TEAMS        = join(",", sort(local.operates[count.index].team_ids))
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages.operate)
      error_message = "${local.packages.operate} does not exist: build it with `./mvnw package`, or name another file in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.operate, aws_iam_role_policy.operate]
}

resource "aws_lambda_alias" "operate" {
  count            = length(local.operates)
  name             = "live"
  function_name    = aws_lambda_function.operate[count.index].function_name
  function_version = aws_lambda_function.operate[count.index].version
}

resource "aws_cloudwatch_log_group" "operate" {
  count             = length(local.operates)
  name              = "/aws/lambda/${local.operate_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# ---- What the function may do

data "aws_iam_policy_document" "operate_trust" {
  statement {
    sid     = "LambdaRunsAsThisRole"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "operate" {
  count                = length(local.operates)
  name                 = local.operate_name
  description          = "Role of the function operate. Its inline policy is all that it may do."
  assume_role_policy   = data.aws_iam_policy_document.operate_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "operate" {
  count = length(local.operates)

  statement {
    sid       = "PublishCommandsAndQuestions"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = [local.operate_source]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = [local.operator_detail_type, local.question_detail_type]
    }
  }

  statement {
    sid       = "ReadSlacksSigningSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [local.operates[count.index].signing_secret_arn]
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.operate[count.index].arn}:*"]
  }

  dynamic "statement" {
    for_each = local.operates[count.index].secret_kms_key_arn[*]
    content {
      sid       = "DecryptTheSigningSecret"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
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

resource "aws_iam_role_policy" "operate" {
  count  = length(local.operates)
  name   = "operate"
  role   = aws_iam_role.operate[count.index].id
  policy = data.aws_iam_policy_document.operate[count.index].json
}

# ---- Alarms

locals {
  # Counters of the handler; the first one raises the alarm.
  operate_counters = {
    forged     = "Requests with a wrong signature: an attempt to command Cattleguard in Slack's name, or the signing secret in Secrets Manager is not the app's (after a new one was made). operate's log names the client addresses. Nothing was published."
    late       = "Requests that Slack signed more than 5 minutes ago: a client replays recorded requests. operate's log names the client addresses. Nothing was published."
    refused    = "operate refused a command from a person in Slack. operate's log names the person and the command; operators in policy/settings.yaml says who may give it."
    unreadable = "Requests that Slack signed and operate cannot read: Slack has changed its format, or another app sends its interactivity to this URL. The buttons and commands of these requests had no effect. operate's log says what is wrong."
    failed     = "A command or a question from Slack was not published: the signing secret cannot be read, or the bus did not accept it. operate asked the person to try again; ./cattleguard on the command line still works. operate's log names the cause."
  }
  operate_alarms = merge(
    { for counter, text in local.operate_counters : counter => { namespace = "Cattleguard", metric = counter, periods = 1, breaching = null, description = text } },
    {
      errors    = { namespace = "AWS/Lambda", metric = "Errors", periods = 1, breaching = null, description = "operate ends with an error: people in Slack see that the app does not answer. Usual causes: a wrong setting, a timeout, not enough memory. The function's log has the error." }
      throttles = { namespace = "AWS/Lambda", metric = "Throttles", periods = 5, breaching = 3, description = "Lambda throttles operate: more requests than maximum_concurrency.operate, usually not from Slack. Commands from Slack may be lost; use ./cattleguard on the command line." }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "operate" {
  for_each            = { for name, alarm in local.operate_alarms : name => alarm if var.slack != null }
  alarm_name          = "${local.operate_name}-${each.key}"
  alarm_description   = "${each.value.description}${local.runbook}operate-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = { FunctionName = aws_lambda_function.operate[0].function_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.breaching
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
