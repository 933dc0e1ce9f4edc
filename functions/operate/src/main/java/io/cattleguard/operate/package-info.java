/** Decides what a request from Slack commands, and whether that person may command it. */
@NullMarked
package io.cattleguard.operate;

import org.jspecify.annotations.NullMarked;
