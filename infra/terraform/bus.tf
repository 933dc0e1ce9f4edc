# The event bus, its policy (which callers may publish), and its archive.

resource "aws_cloudwatch_event_bus" "this" {
  name               = var.name
  description        = "Cattleguard: sensors' alerts, scores and responses."
  kms_key_identifier = var.kms_key_arn
  tags               = var.tags

  # For events that EventBridge cannot encrypt or decrypt, because the key is disabled or its policy is wrong.
  dynamic "dead_letter_config" {
    for_each = aws_sqs_queue.bus_undelivered
    content {
      arn = dead_letter_config.value.arn
    }
  }
}

# Encrypted with SQS's own key: with the bus's key, the queue could not store an event when that key fails.
resource "aws_sqs_queue" "bus_undelivered" {
  count                     = var.kms_key_arn == null ? 0 : 1
  name                      = "${var.name}-bus-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

data "aws_iam_policy_document" "bus_undelivered" {
  count = length(aws_sqs_queue.bus_undelivered)

  statement {
    sid       = "OnlyTheBusSends"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.bus_undelivered[count.index].arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_bus.this.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "bus_undelivered" {
  count     = length(aws_sqs_queue.bus_undelivered)
  queue_url = aws_sqs_queue.bus_undelivered[count.index].url
  policy    = data.aws_iam_policy_document.bus_undelivered[count.index].json
}

# A cluster is identified by the source of its events, so only its sensor may publish with that source. Likewise only a
# function's own role may publish with the function's source. The denials also bind an administrator with events:*. EventBridge
# allows 10 KB for the policy, so the clusters of another account share a statement: the session's tags say which one publishes,
# and a tag that is not the name of a cluster of that account allows nothing. Other principals of other accounts may not publish.
data "aws_iam_policy_document" "bus" {
  dynamic "statement" {
    for_each = local.foreign_accounts
    content {
      sid       = "AllowSensorsOf${statement.key}"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
      principals {
        type        = "AWS"
        identifiers = [for name in statement.value : var.clusters[name].sensor_role_arn]
      }
      condition {
        test     = "StringEquals"
        variable = "events:source"
        values   = ["cattleguard.sensor.${local.tagged_cluster}", "cattleguard.sensor.${local.tagged_cluster}.${local.pod_source}"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalTag/eks-cluster-name"
        values   = statement.value
      }
      # So a role cannot publish for another cluster of its account, whatever session tags its trust policy allows.
      dynamic "condition" {
        for_each = contains(keys(local.bound_roles), statement.key) ? [local.bound_roles[statement.key]] : []
        content {
          test     = "ArnEquals"
          variable = "aws:PrincipalArn"
          values   = [condition.value]
        }
      }
      condition {
        test     = "StringEquals"
        variable = "events:detail-type"
        values   = local.sensor_detail_types
      }
      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = [var.organisation_id]
      }
    }
  }

  dynamic "statement" {
    for_each = { for name, cluster in local.foreign_clusters : name => cluster if !contains(local.pod_clusters, name) }
    content {
      sid       = "AllowTheSensorOf${replace(title(replace(statement.key, "/[_-]/", " ")), " ", "")}"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
      principals {
        type        = "AWS"
        identifiers = [statement.value.sensor_role_arn]
      }
      condition {
        test     = "StringEquals"
        variable = "events:source"
        values   = ["cattleguard.sensor.${statement.key}"]
      }
      condition {
        test     = "StringEquals"
        variable = "events:detail-type"
        values   = local.sensor_detail_types
      }
      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = [var.organisation_id]
      }
    }
  }

  dynamic "statement" {
    for_each = local.publishers
    content {
      sid       = "DenyOthersAs${replace(title(replace(statement.key, "/[._-]/", " ")), " ", "")}"
      effect    = "Deny"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "StringLike"
        variable = "events:source"
        values   = statement.value.sources
      }
      condition {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = statement.value.roles
      }
    }
  }

  dynamic "statement" {
    for_each = local.bus_denials
    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "StringLike"
        variable = "events:source"
        values   = [statement.value.source]
      }
      dynamic "condition" {
        for_each = statement.value.unless
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

# Denied to everyone. The second condition names the exceptions.
locals {
  bus_denials = {
    # A principal with rights on the bus, such as an administrator or a pipeline, may not give commands because of these rights.
    DenyCommandsOfOthersThanOperators = {
      source = "cattleguard.operator.*"
      unless = length(var.operators) > 0 ? [{ test = "ArnNotLike", variable = "aws:PrincipalArn", values = var.operators }] : []
    }
    # A person gives commands only in the caller's own name, and publishes nothing else.
    DenyCommandsInAnothersName = {
      source = "cattleguard.operator.*"
      unless = [{ test = "StringNotEquals", variable = "events:source", values = [local.operator_source] }]
    }
    DenyOtherEventsAsAnOperator = {
      source = "cattleguard.operator.*"
      unless = [{ test = "StringNotEquals", variable = "events:detail-type", values = [local.operator_detail_type] }]
    }
    # Any other source that the patterns would match, including that of another account's cluster. The statements that allow
    # other accounts to publish say which sources they may use.
    DenyUnknownSources = {
      source = "cattleguard.*"
      unless = [
        {
          test     = "StringNotLike"
          variable = "events:source"
          values   = concat(flatten(values(local.publishers)[*].sources), ["cattleguard.operator.*"])
        },
        { test = "StringEquals", variable = "aws:PrincipalAccount", values = [local.account] },
      ]
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  event_bus_name = aws_cloudwatch_event_bus.this.name
  policy         = data.aws_iam_policy_document.bus.json

  lifecycle {
    precondition {
      condition     = length(data.aws_iam_policy_document.bus.minified_json) <= 10240
      error_message = "The bus's policy is larger than EventBridge's limit of 10 KB: too many clusters for one bus. Create a second stack with another name."
    }
    precondition {
      condition     = !contains([for cluster in values(local.foreign_clusters) : split(":", cluster.sensor_role_arn)[4]], local.account)
      error_message = "clusters: sensor_role_arn is for a cluster in another account. For one in this account, set pod_identity = true or oidc_provider_arn; the role is then created here."
    }
  }
}

# AWS's own key encrypts the archive: version 5 of the provider has no argument for another key.
resource "aws_cloudwatch_event_archive" "this" {
  name             = var.name
  description      = "All events of the bus except questions, for investigations and dry runs. Replayed events never lead to a response."
  event_source_arn = aws_cloudwatch_event_bus.this.arn
  retention_days   = var.archive_retention_days

  # A question changes nothing, and contains the address at which Slack accepts its answer for half an hour.
  event_pattern = jsonencode({ detail-type = [{ anything-but = [local.question_detail_type] }] })
}
