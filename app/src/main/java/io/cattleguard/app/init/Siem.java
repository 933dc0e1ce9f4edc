package io.cattleguard.app.init;

import java.util.List;

/** Where all alerts are stored, and the variables that the settings of that destination name. */
enum Siem {
  NONE("", List.of()),
  SPLUNK(
      "type: splunk-hec\n"
          + "    url-from: CATTLEGUARD_SPLUNK_URL\n"
          + "    token-from: CATTLEGUARD_SPLUNK_TOKEN",
      List.of("CATTLEGUARD_SPLUNK_URL", "CATTLEGUARD_SPLUNK_TOKEN")),
  ELASTICSEARCH(
      "type: elasticsearch\n"
          + "    url-from: CATTLEGUARD_ELASTIC_URL\n"
          + "    api-key-from: CATTLEGUARD_ELASTIC_KEY\n"
          + "    index: security-cattleguard",
      List.of("CATTLEGUARD_ELASTIC_URL", "CATTLEGUARD_ELASTIC_KEY")),
  S3("type: s3\n    bucket-from: CATTLEGUARD_LAKE_BUCKET", List.of("CATTLEGUARD_LAKE_BUCKET")),
  WEBHOOK(
      "type: webhook\n    url-from: CATTLEGUARD_WEBHOOK_URL\n    key-from: CATTLEGUARD_WEBHOOK_KEY",
      List.of("CATTLEGUARD_WEBHOOK_URL", "CATTLEGUARD_WEBHOOK_KEY"));

  /** The keys of the destination beside its name. */
  final String settings;

  /** The environment variables to set. */
  final List<String> variables;

  Siem(String settings, List<String> variables) {
    this.settings = settings;
    this.variables = variables;
  }
}
