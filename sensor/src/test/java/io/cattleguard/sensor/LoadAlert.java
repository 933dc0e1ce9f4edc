package io.cattleguard.sensor;

/**
 * An alert to post.
 *
 * @param problem by what it is counted; alerts of one problem may be folded into one another
 */
public record LoadAlert(String problem, String json) {}
