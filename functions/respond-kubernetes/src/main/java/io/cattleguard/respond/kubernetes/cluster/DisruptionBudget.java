package io.cattleguard.respond.kubernetes.cluster;

/**
 * A PodDisruptionBudget that selects a pod.
 *
 * @param allowed how many pods may go now, by the cluster's own count
 */
public record DisruptionBudget(String name, int allowed) {}
