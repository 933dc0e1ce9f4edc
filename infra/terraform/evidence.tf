# The bucket in which capture-evidence stores a pod's objects, events and logs. They cannot be overwritten, or deleted before
# their retention ends, except by an administrator with s3:BypassGovernanceRetention. The bucket exists in observe mode too,
# because a change of response_mode must not delete evidence.

locals {
  evidence_bucket     = coalesce(var.evidence_bucket, "${var.name}-evidence-${local.account}-${local.region}")
  evidence_bucket_arn = "arn:${local.partition}:s3:::${local.evidence_bucket}"
  own_evidence        = var.evidence_bucket == null ? toset(["own"]) : toset([])

  # In observe nothing is stored, so the role may not write.
  evidence_writes = var.response_mode == "enforce" ? [1] : []
}

resource "aws_s3_bucket" "evidence" {
  for_each            = local.own_evidence
  bucket              = local.evidence_bucket
  object_lock_enabled = true
  force_destroy       = false
  tags                = var.tags
}

resource "aws_s3_bucket_versioning" "evidence" {
  for_each = local.own_evidence
  bucket   = aws_s3_bucket.evidence[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "evidence" {
  for_each = local.own_evidence
  bucket   = aws_s3_bucket_versioning.evidence[each.key].bucket

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.evidence_retention_days
    }
  }
}

resource "aws_s3_bucket_public_access_block" "evidence" {
  for_each                = local.own_evidence
  bucket                  = aws_s3_bucket.evidence[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "evidence" {
  for_each = local.own_evidence
  bucket   = aws_s3_bucket.evidence[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "evidence" {
  for_each = local.own_evidence
  bucket   = aws_s3_bucket.evidence[each.key].id

  rule {
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

# An object expires after its retention; its only version is deleted a day later.
resource "aws_s3_bucket_lifecycle_configuration" "evidence" {
  for_each = local.own_evidence
  bucket   = aws_s3_bucket_versioning.evidence[each.key].bucket

  rule {
    id     = "delete-after-retention"
    status = "Enabled"
    filter {}

    expiration {
      days = var.evidence_retention_days + 1
    }
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }
}

data "aws_iam_policy_document" "evidence" {
  for_each = local.own_evidence

  statement {
    sid       = "DenyRequestsWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.evidence_bucket_arn, "${local.evidence_bucket_arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # Without the header If-None-Match, a write would put a newer version over an object.
  statement {
    sid       = "DenyOverwrites"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.evidence_bucket_arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["true"]
    }
  }
}

resource "aws_s3_bucket_policy" "evidence" {
  for_each = local.own_evidence
  bucket   = aws_s3_bucket.evidence[each.key].id
  policy   = data.aws_iam_policy_document.evidence[each.key].json

  # Both change the bucket's policy status; S3 refuses such changes at the same moment.
  depends_on = [aws_s3_bucket_public_access_block.evidence]
}
