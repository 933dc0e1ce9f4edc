package io.cattleguard.respond.kubernetes.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

final class HttpAssumedRoleTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String ROLE = "arn:aws:iam::444455556666:role/cattleguard/respond";

  private record Given(int status, String body) {}

  private final List<String> asked = new ArrayList<>();
  private final List<String> authorizations = new ArrayList<>();
  private Given given = new Given(200, "");
  private Instant now = NOW;
  private HttpServer sts;

  @BeforeEach
  void start() throws IOException {
    sts = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    sts.createContext("/", this::answer);
    sts.start();
  }

  @AfterEach
  void stop() {
    sts.stop(0);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
    byte[] body = given.body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(given.status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private HttpAssumedRole role(Optional<String> externalId) {
    Map<String, String> environment =
        Map.of(
            "AWS_REGION", "eu-central-1",
            "AWS_ENDPOINT_URL_STS", "http://127.0.0.1:" + sts.getAddress().getPort(),
            "AWS_ACCESS_KEY_ID", "AKIDOURS",
            "AWS_SECRET_ACCESS_KEY", "test",
            "AWS_SESSION_TOKEN", "our session");
    return HttpAssumedRole.of(
        AwsClients.of(name -> Optional.ofNullable(environment.get(name))),
        ROLE,
        externalId,
        () -> now);
  }

  private AwsSessionCredentials at(HttpAssumedRole role, Instant time) {
    now = time;
    return role.resolveCredentials();
  }

  private static Given handsOut(String account, String key, Instant until) {
    return new Given(
        200,
        """
        <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleResult>
            <AssumedRoleUser>
              <AssumedRoleId>AROA:cattleguard-respond</AssumedRoleId>
              <Arn>arn:aws:sts::%s:assumed-role/respond/cattleguard-respond</Arn>
            </AssumedRoleUser>
            <Credentials>
              <AccessKeyId>%s</AccessKeyId>
              <SecretAccessKey>secret/+=</SecretAccessKey>
              <SessionToken>their session==</SessionToken>
              <Expiration>%s</Expiration>
            </Credentials>
          </AssumeRoleResult>
        </AssumeRoleResponse>
        """
            .formatted(account, key, until));
  }

  private static Given refuses(int status, String code) {
    return new Given(
        status,
        "<ErrorResponse><Error><Type>Sender</Type><Code>"
            + code
            + "</Code><Message>User: arn:aws:sts::111122223333:… is not authorized</Message>"
            + "</Error></ErrorResponse>");
  }

  @Test
  void theRoleIsAssumedByOurNameAndSignedByUs() {
    given = handsOut("444455556666", "AKIDTHEIRS", NOW.plusSeconds(3_600));

    AwsSessionCredentials theirs = role(Optional.empty()).resolveCredentials();

    assertEquals("AKIDTHEIRS", theirs.accessKeyId());
    assertEquals("secret/+=", theirs.secretAccessKey());
    assertEquals("their session==", theirs.sessionToken());
    assertEquals(Optional.of(NOW.plusSeconds(3_600)), theirs.expirationTime());
    assertEquals(1, asked.size());
    assertEquals(
        new TreeSet<>(
            List.of(
                "Action=AssumeRole",
                "RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fcattleguard%2Frespond",
                "RoleSessionName=cattleguard-respond",
                "Version=2011-06-15")),
        new TreeSet<>(Arrays.asList(asked.getFirst().split("&", -1))));
    assertTrue(
        authorizations
            .getFirst()
            .matches(
                "AWS4-HMAC-SHA256 Credential=AKIDOURS/\\d{8}/eu-central-1/sts/aws4_request,.*"),
        authorizations.getFirst());
  }

  @Test
  void anExternalIdIsSentWhereThereIsOne() {
    given = handsOut("444455556666", "AKIDTHEIRS", NOW.plusSeconds(3_600));

    role(Optional.of("our contract 7")).resolveCredentials();

    assertTrue(asked.getFirst().contains("&ExternalId=our+contract+7"), asked.getFirst());
  }

  @Test
  void credentialsAreKeptUntilNearTheirEnd() {
    given = handsOut("444455556666", "FIRST", NOW.plusSeconds(3_600));
    HttpAssumedRole role = role(Optional.empty());
    at(role, NOW);
    given = handsOut("444455556666", "SECOND", NOW.plusSeconds(7_200));

    assertEquals("FIRST", at(role, NOW.plusSeconds(3_299)).accessKeyId());
    assertEquals("SECOND", at(role, NOW.plusSeconds(3_300)).accessKeyId());
    assertEquals(2, asked.size());
  }

  @Test
  void whileStsIsDownTheOldOnesAreUsedToTheirEnd() {
    given = handsOut("444455556666", "FIRST", NOW.plusSeconds(3_600));
    HttpAssumedRole role = role(Optional.empty());
    at(role, NOW);
    given = refuses(503, "ServiceUnavailable");

    assertEquals("FIRST", at(role, NOW.plusSeconds(3_599)).accessKeyId());
    Unavailable e = assertThrows(Unavailable.class, () -> at(role, NOW.plusSeconds(3_600)));
    assertEquals("STS: ServiceUnavailable", e.getMessage());
    assertEquals(1 + 3 + 3, asked.size(), "each time three attempts");
  }

  @Test
  void aDeniedAssumeRoleIsReportedAtOnceWithoutAccountsAndNames() {
    given = refuses(403, "AccessDenied");

    Unavailable e =
        assertThrows(Unavailable.class, () -> role(Optional.empty()).resolveCredentials());
    assertEquals("STS: AccessDenied", e.getMessage());
    assertEquals(1, asked.size());
  }

  @Test
  void credentialsOfAnotherAccountAreNotUsed() {
    given = handsOut("111122223333", "AKIDTHEIRS", NOW.plusSeconds(3_600));

    Unavailable e =
        assertThrows(Unavailable.class, () -> role(Optional.empty()).resolveCredentials());
    assertEquals("STS: credentials of an account other than 444455556666", e.getMessage());
    assertFalse(String.valueOf(e.getMessage()).contains("111122223333"));
  }

  @Test
  void anAnswerWithoutCredentialsIsNone() {
    given =
        new Given(
            200,
            "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>"
                + "<Arn>arn:aws:sts::444455556666:assumed-role/respond/x</Arn></AssumedRoleUser>"
                + "<Credentials><AccessKeyId>A</AccessKeyId></Credentials>"
                + "</AssumeRoleResult></AssumeRoleResponse>");

    Unavailable e =
        assertThrows(Unavailable.class, () -> role(Optional.empty()).resolveCredentials());
    assertEquals("STS: the response has no credentials", e.getMessage());
  }
}
