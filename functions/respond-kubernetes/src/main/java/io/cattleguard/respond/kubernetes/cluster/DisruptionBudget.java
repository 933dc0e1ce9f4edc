package io.cattleguard.respond.kubernetes.cluster;

/**
 * A PodDisruptionBudget that selects a pod.
 *
 * @param allowed the {@code disruptionsAllowed} of its status
 */
public record DisruptionBudget(String name, int allowed) {}
