"""The centre's intake: what comes over MQTT or from people is admitted, stored, judged and acked, in that order."""
