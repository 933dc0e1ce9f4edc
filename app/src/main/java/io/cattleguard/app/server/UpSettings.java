package io.cattleguard.app.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The settings of a server.
 *
 * @param cluster the name of the cluster, in every alert that the server receives
 * @param kubeconfig the cluster to act on
 */
record UpSettings(
    InetSocketAddress listen,
    InetSocketAddress operationsListen,
    Path policy,
    Path data,
    Optional<String> cluster,
    Optional<Path> kubeconfig) {}
