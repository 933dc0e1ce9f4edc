package io.cattleguard.sensor.cli;

import picocli.CommandLine.Option;

/** The addresses of a server that takes alerts: for Falco, and for probes and metrics. */
@SuppressWarnings("NullAway.Init") // picocli sets both
public final class ListenOptions {
  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_LISTEN:-127.0.0.1:2801}",
      description = "Address for Falco's http_output. Default: ${DEFAULT-VALUE}.")
  private String listen;

  @Option(
      names = "--operations-listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_OPERATIONS_LISTEN:-127.0.0.1:2802}",
      description = "Address of /healthz, /readyz and /metrics. Default: ${DEFAULT-VALUE}.")
  private String operationsListen;

  /** The address for alerts, as {@code HOST:PORT}. */
  public String alerts() {
    return listen;
  }

  /** The address for probes and metrics, as {@code HOST:PORT}. */
  public String operations() {
    return operationsListen;
  }
}
