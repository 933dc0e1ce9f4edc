# record: reads scored alerts, outcomes of responses, notifications and commands of people, and keeps one record per incident. It
# publishes nothing, and no action waits for it.

module "record" {
  source = "./modules/function"
  stack  = local.stack

  name                = "record"
  description         = "Keeps one record per incident, with its timeline."
  pattern             = file("${local.patterns}/record.json")
  handler             = "io.cattleguard.record.lambda.RecordHandler"
  package             = local.packages.record
  memory_megabytes    = var.memory_megabytes.record
  maximum_concurrency = var.maximum_concurrency.record
  layers              = []
  statements          = data.aws_iam_policy_document.record.json

  environment = {
    INCIDENTS_TABLE = aws_dynamodb_table.incidents.name
    RETENTION_DAYS  = var.incident_retention_days
  }
}

data "aws_iam_policy_document" "record" {
  statement {
    sid       = "ReadAndUpdateIncidents"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.incidents.arn]
  }
}

# One item per incident. `latest` lists all incidents by the time of their latest event, and `holding` only those that hold
# something: a containment with a lease, or a pending approval. Both contain a summary, so a list takes two queries.
resource "aws_dynamodb_table" "incidents" {
  name                        = "${var.name}-incidents"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  dynamic "attribute" {
    for_each = { pk = "S", list = "S", holding = "S", lastAt = "N" }
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = { latest = "list", holding = "holding" }
    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value
      range_key          = "lastAt"
      projection_type    = "INCLUDE"
      non_key_attributes = ["summary"]
    }
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}

# For the people who run `incidents`, `incident` and `report`: attach it to their roles.
data "aws_iam_policy_document" "read_incidents" {
  statement {
    sid       = "ReadIncidents"
    actions   = ["dynamodb:GetItem"]
    resources = [aws_dynamodb_table.incidents.arn]
  }
  statement {
    sid       = "ListIncidents"
    actions   = ["dynamodb:Query"]
    resources = ["${aws_dynamodb_table.incidents.arn}/index/*"]
  }
}
