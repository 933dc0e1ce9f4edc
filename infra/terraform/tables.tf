# The functions' tables. Every item has the key pk and a time to live, after which DynamoDB may delete it; no decision
# depends on that deletion. All tables are on demand: cost follows incidents.

locals {
  tables = toset([
    "sightings",     # deduplicate: one item per problem, with its count and its recent alerts
    "histories",     # score: one item per workload, instance, principal or node: its rules, tactics and incidents
    "conversations", # route: which incident is which message in Slack, what it shows, and what was delivered
    "models",        # learn: one item per container of a workload, with what it was seen to do
    "ledger",        # respond: claims, actions taken, what undoes them, and the kill switch
  ])
}

resource "aws_dynamodb_table" "this" {
  for_each                    = local.tables
  name                        = "${var.name}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  # Sparse: only the items of budgets have the attribute list. With it, people can list the used budgets without a scan.
  dynamic "attribute" {
    for_each = each.key == "ledger" ? { list = "S", expiresAt = "N" } : {}
    content {
      name = attribute.key
      type = attribute.value
    }
  }
  dynamic "global_secondary_index" {
    for_each = each.key == "ledger" ? ["listed"] : []
    content {
      name            = global_secondary_index.value
      hash_key        = "list"
      range_key       = "expiresAt"
      projection_type = "ALL"
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
