"""What the uplink counts."""

from typing import Final

# What is counted, in words for an operator.
COUNTERS: Final = {
    "uplink_connects": "Connections on which the centre could be asked",
    "uplink_connect_failures": "Attempts at which no broker was reached, or the line broke while it was used",
    "uplink_connect_refusals": "Attempts at which the broker refused user, password or subscription",
    "uplink_disconnects": "Connections that were lost",
    "uplink_asks": "Questions to the centre how far it is",
    "uplink_acks": "Acks read",
    "uplink_acks_unreadable": "Messages on the ack topic that are no acks",
    "uplink_acks_dropped": "Acks let go because too many waited or one was too large; the next says all of it again",
    "uplink_commands": "Limits and commands of the centre that arrived",
    "uplink_commands_dropped": "Limits and commands let go because too many waited or one was too large",
    "uplink_command_refusals": "Connections on which the broker refused to hand down limits and commands",
    "uplink_barred": "Acks by which the centre refused even an empty batch",
    "uplink_batches_sent": "Batches sent, empty ones and repeated ones too",
    "uplink_items_sent": "Items sent, repeated ones too",
    "uplink_items_backfilled": "Items sent in the lane of a backlog, repeated ones too",
    "uplink_backlogs": "Times that a backlog was put behind what is new",
    "uplink_publish_refused": "Messages that could not be handed to the connection and are sent later",
    "uplink_rows_settled": "Rows deleted because the centre has committed them",
    "uplink_dead_letters": "Rows put aside because they cannot go up",
    "uplink_dead_letters_delayed": "Times that rows which cannot go up could not be put aside: the disk has no room",
    "uplink_new_epochs": "New epochs begun because the spool was an older copy of itself",
    "uplink_spool_errors": "Rounds at which the spool's disk failed or was full",
}
