package io.cattleguard.sensor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.sensor.Sensor;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sources.FalcoEvent;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a started sensor with certificates that the JDK's keytool creates. */
final class MutualTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private static Path keys;
  private static KeyStore server;
  private static KeyStore falco;
  private static KeyStore stranger;

  @TempDir private Path directory;

  @BeforeAll
  static void makeKeys() throws Exception {
    server = keyPair("server");
    falco = keyPair("falco");
    stranger = keyPair("stranger");
  }

  @Test
  void onlyAClientWhoseCertificateIsSignedAsAskedMayReport() throws Exception {
    SensorSettings settings =
        SensorCommand.settings(
            "--cluster", "blue",
            "--listen", "127.0.0.1:0",
            "--operations-listen", "127.0.0.1:0",
            "--spool", directory.resolve("spool").toString(),
            "--tls-certificate", certificate(server, "server").toString(),
            "--tls-key", key(server, "server").toString(),
            "--tls-client-ca", certificate(falco, "falco").toString());
    Bus bus =
        entries -> entries.stream().<Bus.Outcome>map(entry -> new Bus.Outcome.Accepted()).toList();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    try (Sensor sensor =
        Sensor.start(settings, bus, new SensorLog(out, Clock.systemUTC()), Clock.systemUTC())) {
      URI uri = URI.create("https://127.0.0.1:" + sensor.address().getPort() + "/");
      assertEquals(200, post(client(falco, server), uri));
      assertThrows(IOException.class, () -> post(client(stranger, server), uri));
      assertThrows(
          IOException.class, () -> post(client(server), uri), "a client without a certificate");
      URI plain = URI.create("http://127.0.0.1:" + sensor.address().getPort() + "/");
      assertThrows(IOException.class, () -> post(HttpClient.newHttpClient(), plain));
      assertEquals(200, post(client(falco, server), uri));
    }
    String log = said.toString(StandardCharsets.UTF_8);
    assertEquals(1, log.split("\"reason\":\"tls\"", -1).length - 1, log);
    assertTrue(log.contains("\"client\":\"127.0.0.1\""), log);
  }

  @Test
  void aRenewedCertificateIsUsedForTheNextConnection() throws Exception {
    Path certificate = certificate(server, "server");
    Path key = key(server, "server");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HttpTls tls =
        HttpTls.open(
            new SensorSettings.Tls(certificate, key, certificate(server, "server")),
            new SensorLog(new PrintStream(out, true, StandardCharsets.UTF_8), Clock.systemUTC()));
    SslContext before = tls.context();
    tls.reload();
    assertSame(before, tls.context(), "nothing changed");

    Files.writeString(certificate, "half a certific");
    tls.reload();
    tls.reload();
    assertSame(before, tls.context(), "the last one stays in use");
    Files.copy(certificate(stranger, "stranger"), certificate, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(key(stranger, "stranger"), key, StandardCopyOption.REPLACE_EXISTING);
    tls.reload();

    assertNotSame(before, tls.context());
    String log = out.toString(StandardCharsets.UTF_8);
    assertEquals(2, log.lines().count(), log);
    assertTrue(log.contains("using the last one") && log.contains("reloaded"), log);
  }

  @Test
  void aKeyThatCannotBeReadIsRefusedWithASentence() throws IOException {
    Path garbage = Files.writeString(directory.resolve("garbage.pem"), "not a key");
    SensorSettings settings =
        SensorCommand.settings(
            "--cluster", "blue",
            "--listen", "127.0.0.1:0",
            "--operations-listen", "127.0.0.1:0",
            "--spool", directory.resolve("spool").toString(),
            "--tls-certificate", garbage.toString(),
            "--tls-key", garbage.toString(),
            "--tls-client-ca", garbage.toString());
    SensorException refused =
        assertThrows(
            SensorException.class,
            () ->
                Sensor.start(
                    settings,
                    entries -> List.of(),
                    new SensorLog(System.out, Clock.systemUTC()),
                    Clock.systemUTC()));
    assertTrue(String.valueOf(refused.getMessage()).contains("must be PEM files"));
  }

  private static int post(HttpClient client, URI uri) throws IOException, InterruptedException {
    String event = new FalcoEvent("Terminal shell in container", "Notice").toString();
    return client
        .send(
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(event)).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static HttpClient client(KeyStore own, KeyStore trusted) throws Exception {
    KeyManagerFactory ours = KeyManagerFactory.getInstance("PKIX");
    ours.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(ours.getKeyManagers(), trust(trusted).getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static HttpClient client(KeyStore trusted) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust(trusted).getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static TrustManagerFactory trust(KeyStore trusted) throws Exception {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    return trust;
  }

  private static KeyStore keyPair(String name) throws Exception {
    Path file = keys.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1",
                "-keystore",
                file.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    KeyStore.TrustedCertificateEntry trusted =
        new KeyStore.TrustedCertificateEntry(store.getCertificate(name));
    store.setEntry(name + " itself", trusted, null);
    return store;
  }

  private Path certificate(KeyStore store, String name) throws Exception {
    return pem(name + ".crt", "CERTIFICATE", store.getCertificate(name).getEncoded());
  }

  private Path key(KeyStore store, String name) throws Exception {
    return pem(name + ".key", "PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded());
  }

  private Path pem(String file, String type, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        directory.resolve(file),
        "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
  }
}
