package io.cattleguard.app.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a server is to run.
 *
 * @param cluster what the cluster is called, by every alert that comes in here
 * @param kubeconfig names the cluster that is acted on
 */
record UpSettings(
    InetSocketAddress listen,
    InetSocketAddress operationsListen,
    Path policy,
    Path data,
    Optional<String> cluster,
    Optional<Path> kubeconfig) {}
