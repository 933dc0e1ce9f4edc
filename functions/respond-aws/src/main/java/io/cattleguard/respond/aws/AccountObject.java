package io.cattleguard.respond.aws;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Target;

/**
 * An object of an account on which an action could be taken, and what a finding about it would
 * name.
 *
 * @param kind {@code instance}, {@code security group}, {@code access key}, {@code role}, {@code
 *     bucket} or {@code address}
 */
public record AccountObject(
    String kind, String name, Target target, ObservedConnection connection) {}
