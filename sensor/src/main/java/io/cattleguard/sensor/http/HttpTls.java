package io.cattleguard.sensor.http;

import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.settings.SensorSettings;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;

/**
 * The TLS of the port for alerts. It asks every client for a certificate, and reads its files again
 * when they change: a renewed certificate is used for the next connection.
 */
public final class HttpTls {
  private final SensorSettings.Tls files;
  private final SensorLog log;
  private byte[] seen;
  private volatile State state;

  private record State(SslContext context, Instant expires, boolean failing) {}

  private HttpTls(SensorSettings.Tls files, SensorLog log, byte[] seen, State state) {
    this.files = files;
    this.log = log;
    this.seen = seen;
    this.state = state;
  }

  /**
   * Reads the files.
   *
   * @throws SensorException where they cannot be read
   */
  public static HttpTls open(SensorSettings.Tls files, SensorLog log) {
    try {
      byte[] content = content(files);
      return new HttpTls(files, log, content, load(files));
    } catch (IOException | CertificateException | IllegalArgumentException e) {
      throw new SensorException(
          "TLS: "
              + files.certificate()
              + ", "
              + files.key()
              + " and "
              + files.clientCa()
              + " must be PEM files, the key in PKCS #8 and without a password: "
              + e.getMessage(),
          e);
    }
  }

  /** Reads the files again if they changed. If they cannot be read, the last ones stay in use. */
  void reload() {
    try {
      byte[] content = content(files);
      if (Arrays.equals(content, seen)) {
        return;
      }
      seen = content;
      state = load(files);
      log.info("TLS certificate reloaded", "expires", state.expires.toString());
    } catch (IOException | CertificateException | IllegalArgumentException e) {
      if (!state.failing) {
        log.warn(
            "TLS certificate cannot be reloaded, using the last one",
            "file",
            files.certificate().toString(),
            "reason",
            String.valueOf(e.getMessage()));
      }
      state = new State(state.context, state.expires, true);
    }
  }

  private static byte[] content(SensorSettings.Tls files) throws IOException {
    return (Files.readString(files.certificate())
            + Files.readString(files.key())
            + Files.readString(files.clientCa()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static State load(SensorSettings.Tls files) throws IOException, CertificateException {
    SslContext context =
        SslContextBuilder.forServer(files.certificate().toFile(), files.key().toFile())
            .trustManager(files.clientCa().toFile())
            .clientAuth(ClientAuth.REQUIRE)
            .sslProvider(SslProvider.JDK)
            .build();
    byte[] certificate = Files.readAllBytes(files.certificate());
    X509Certificate first =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate));
    return new State(context, first.getNotAfter().toInstant(), false);
  }

  /** For a new connection. */
  SslContext context() {
    return state.context;
  }

  /** When the certificate in use expires. */
  public Instant expires() {
    return state.expires;
  }
}
