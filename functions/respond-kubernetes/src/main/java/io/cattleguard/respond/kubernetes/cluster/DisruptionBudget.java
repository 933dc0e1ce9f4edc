package io.cattleguard.respond.kubernetes.cluster;

/**
 * A PodDisruptionBudget that selects a pod.
 *
 * @param allowed the {@code disruptionsAllowed} of its status, less the isolated pods that the
 *     budget still selects: they count as healthy there and do not serve
 */
public record DisruptionBudget(String name, int allowed) {}
