# The policy is a Lambda layer that every function mounts under /opt. The clusters' addresses are a second layer, for respond.
# A change publishes a new version of the layer and of the functions, and rolls back with them. The script `pack` builds the
# zips during apply, so that the AWS provider is the only provider to install.

locals {
  policy_directory = coalesce(var.policy_directory, "${path.module}/../../policy")
  policy_files     = [for file in sort(fileset(local.policy_directory, "**")) : file if !anytrue([for part in split("/", file) : startswith(part, ".")])]
  policy_hash      = sha256(join("\n", [for file in local.policy_files : "${file} ${filesha256("${local.policy_directory}/${file}")}"]))
  policy_zip       = "${path.root}/.cattleguard/${var.name}-policy-${substr(local.policy_hash, 0, 16)}.zip"
  policy_mount     = "/opt/policy"

  touched_clusters     = { for name, cluster in var.clusters : name => cluster if cluster.respond != null }
  touched_own_clusters = { for name, cluster in local.touched_clusters : name => cluster if cluster.respond.role_arn == null }
  respond_roles        = [for cluster in values(local.touched_clusters) : cluster.respond.role_arn if cluster.respond.role_arn != null]

  # Keyed by the cluster's name in the source of its sensor's events: an alert can only act on its own cluster.
  clusters_json = jsonencode({
    for name, cluster in local.touched_clusters : name => {
      endpoint             = cluster.respond.endpoint
      certificateAuthority = cluster.respond.certificate_authority
      region               = local.region
      roleArn              = cluster.respond.role_arn
      externalId           = cluster.respond.external_id
    }
  })
  clusters_zip   = "${path.root}/.cattleguard/${var.name}-clusters-${substr(sha256(local.clusters_json), 0, 16)}.zip"
  clusters_mount = "/opt/clusters/clusters.json"
}

resource "terraform_data" "policy_zip" {
  triggers_replace = local.policy_zip

  provisioner "local-exec" {
    command     = "\"$PACK\" \"$OUT\" policy \"$DIRECTORY\""
    environment = { PACK = "${path.module}/pack", OUT = local.policy_zip, DIRECTORY = local.policy_directory }
  }
}

resource "aws_lambda_layer_version" "policy" {
  layer_name       = "${var.name}-policy"
  description      = "policy/ ${substr(local.policy_hash, 0, 16)}"
  filename         = local.policy_zip
  source_code_hash = local.policy_hash
  # Older versions of the functions still use theirs, for a rollback.
  skip_destroy = true
  depends_on   = [terraform_data.policy_zip]
}

resource "terraform_data" "clusters_zip" {
  triggers_replace = local.clusters_zip

  provisioner "local-exec" {
    command     = "printf '%s' \"$CLUSTERS\" | \"$PACK\" \"$OUT\" clusters/clusters.json"
    environment = { PACK = "${path.module}/pack", OUT = local.clusters_zip, CLUSTERS = local.clusters_json }
  }
}

resource "aws_lambda_layer_version" "clusters" {
  layer_name       = "${var.name}-clusters"
  description      = "Addresses of the clusters in which respond-kubernetes may act."
  filename         = local.clusters_zip
  source_code_hash = sha256(local.clusters_json)
  skip_destroy     = true
  depends_on       = [terraform_data.clusters_zip]
}
