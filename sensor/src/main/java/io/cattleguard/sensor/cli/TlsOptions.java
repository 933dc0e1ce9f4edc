package io.cattleguard.sensor.cli;

import io.cattleguard.sensor.settings.SensorSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The files with which the sensor accepts alerts over TLS from clients with a certificate. */
final class TlsOptions {
  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TLS_CERTIFICATE}",
      description =
          "Server certificate, PEM. Requires the next two options; clients then need a"
              + " certificate.")
  private @Nullable String tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TLS_KEY}",
      description = "Private key, PEM, PKCS #8, without a password.")
  private @Nullable String tlsKey;

  @Option(
      names = "--tls-client-ca",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_TLS_CLIENT_CA}",
      description = "CA of the client certificates, PEM.")
  private @Nullable String tlsClientCa;

  /**
   * The settings; empty if none of the options is set.
   *
   * @throws IllegalArgumentException if one is missing or cannot be read
   */
  Optional<SensorSettings.Tls> settings() {
    Optional<Path> certificate = file("--tls-certificate", tlsCertificate);
    Optional<Path> key = file("--tls-key", tlsKey);
    Optional<Path> clientCa = file("--tls-client-ca", tlsClientCa);
    if (certificate.isEmpty() && key.isEmpty() && clientCa.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SensorSettings.Tls(
            certificate.orElseThrow(() -> incomplete("--tls-certificate")),
            key.orElseThrow(() -> incomplete("--tls-key")),
            clientCa.orElseThrow(() -> incomplete("--tls-client-ca"))));
  }

  private static IllegalArgumentException incomplete(String missing) {
    return new IllegalArgumentException(
        missing
            + " is missing: TLS needs --tls-certificate, --tls-key and --tls-client-ca together");
  }

  private static Optional<Path> file(String option, @Nullable String value) {
    Optional<Path> path = Optional.ofNullable(value).filter(text -> !text.isBlank()).map(Path::of);
    if (path.isPresent() && !Files.isReadable(path.get())) {
      throw new IllegalArgumentException(option + ": " + path.get() + " cannot be read");
    }
    return path;
  }
}
