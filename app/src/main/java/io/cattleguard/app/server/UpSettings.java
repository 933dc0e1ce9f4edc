package io.cattleguard.app.server;

import io.cattleguard.app.slack.SlackAccess;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The settings of a server.
 *
 * @param cluster the name of the cluster, in every alert that the server receives
 * @param kubeconfig the cluster to act on
 * @param input who may post alerts; clients on this machine need no credential
 * @param tetragonFile the export of a Tetragon on this machine, to follow
 * @param boardPort where browsers of this machine reach the board; 0 for a free port
 * @param learn whether to learn from that file what the workloads do
 * @param learnFacts the file with the services and volumes of the cluster
 * @param slack how to reach Slack for people's commands
 */
record UpSettings(
    InetSocketAddress listen,
    InetSocketAddress operationsListen,
    Path policy,
    Path data,
    Optional<String> cluster,
    Optional<Path> kubeconfig,
    InputAccess input,
    Optional<Path> tetragonFile,
    Optional<Integer> boardPort,
    boolean learn,
    Optional<Path> learnFacts,
    SlackAccess slack) {
  UpSettings(
      InetSocketAddress listen,
      InetSocketAddress operationsListen,
      Path policy,
      Path data,
      Optional<String> cluster,
      Optional<Path> kubeconfig) {
    this(listen, operationsListen, policy, data, cluster, kubeconfig, InputAccess.DEFAULT);
  }

  UpSettings(
      InetSocketAddress listen,
      InetSocketAddress operationsListen,
      Path policy,
      Path data,
      Optional<String> cluster,
      Optional<Path> kubeconfig,
      InputAccess input) {
    this(listen, operationsListen, policy, data, cluster, kubeconfig, input, Optional.empty());
  }

  UpSettings(
      InetSocketAddress listen,
      InetSocketAddress operationsListen,
      Path policy,
      Path data,
      Optional<String> cluster,
      Optional<Path> kubeconfig,
      InputAccess input,
      Optional<Path> tetragonFile) {
    this(
        listen,
        operationsListen,
        policy,
        data,
        cluster,
        kubeconfig,
        input,
        tetragonFile,
        Optional.empty(),
        false,
        Optional.empty(),
        SlackAccess.DEFAULT);
  }

  /** The same settings, with a file of Tetragon to follow. */
  UpSettings following(Path file) {
    return new UpSettings(
        listen,
        operationsListen,
        policy,
        data,
        cluster,
        kubeconfig,
        input,
        Optional.of(file),
        boardPort,
        learn,
        learnFacts,
        slack);
  }

  /** The same settings, with a board on that port of this machine. */
  UpSettings showing(int port) {
    return new UpSettings(
        listen,
        operationsListen,
        policy,
        data,
        cluster,
        kubeconfig,
        input,
        tetragonFile,
        Optional.of(port),
        learn,
        learnFacts,
        slack);
  }

  /** The same settings, with learning from the followed file. */
  UpSettings learning() {
    return new UpSettings(
        listen,
        operationsListen,
        policy,
        data,
        cluster,
        kubeconfig,
        input,
        tetragonFile,
        boardPort,
        true,
        learnFacts,
        slack);
  }

  /** The same settings, which learn with the facts of that file. */
  UpSettings knowing(Path facts) {
    return new UpSettings(
        listen,
        operationsListen,
        policy,
        data,
        cluster,
        kubeconfig,
        input,
        tetragonFile,
        boardPort,
        learn,
        Optional.of(facts),
        slack);
  }

  /** The same settings, with that way to Slack. */
  UpSettings commandedFrom(SlackAccess access) {
    return new UpSettings(
        listen,
        operationsListen,
        policy,
        data,
        cluster,
        kubeconfig,
        input,
        tetragonFile,
        boardPort,
        learn,
        learnFacts,
        access);
  }

  /** Whether only this machine can connect. */
  boolean listensHereOnly() {
    return listen.getAddress().isLoopbackAddress();
  }
}
