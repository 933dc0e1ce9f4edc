# The bus that everything passes, who may write to it, and its memory.

resource "aws_cloudwatch_event_bus" "this" {
  name               = var.name
  description        = "Cattleguard: from what sensors saw to what was done about it."
  kms_key_identifier = var.kms_key_arn
  tags               = var.tags
}

# Where a cluster is known by the source of its events, nobody but its sensor may write that source; and what one
# function tells the next nobody else may say. An administrator's events:* does not get past these.
data "aws_iam_policy_document" "bus" {
  dynamic "statement" {
    for_each = local.foreign_clusters
    content {
      sid       = "TheSensorInAnotherAccountOf${replace(title(replace(statement.key, "/[_-]/", " ")), " ", "")}MaySpeakForIt"
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
    for_each = local.speakers
    content {
      sid       = "NobodyElseSpeaksAs${replace(title(replace(statement.key, "/[._-]/", " ")), " ", "")}"
      effect    = "Deny"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "StringEquals"
        variable = "events:source"
        values   = [statement.key]
      }
      condition {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = flatten([statement.value])
      }
    }
  }

  # The rest of the names that the patterns would take.
  statement {
    sid       = "NoSensorIsUnknown"
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
      values   = ["cattleguard.*"]
    }
    condition {
      test     = "StringNotEquals"
      variable = "events:source"
      values   = keys(local.speakers)
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  event_bus_name = aws_cloudwatch_event_bus.this.name
  policy         = data.aws_iam_policy_document.bus.json

  lifecycle {
    precondition {
      condition     = length(data.aws_iam_policy_document.bus.minified_json) <= 10240
      error_message = "The bus's policy outgrows the 10 KB that EventBridge takes: too many clusters for one bus. Make a second stack with another name."
    }
  }
}

# In an archive AWS's own key encrypts: version 5 of the provider cannot name another.
resource "aws_cloudwatch_event_archive" "this" {
  name             = var.name
  description      = "What passed the bus, for an investigation or a rehearsal. Replayed events never lead to a response."
  event_source_arn = aws_cloudwatch_event_bus.this.arn
  retention_days   = var.archive_retention_days
}
