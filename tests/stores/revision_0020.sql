BEGIN TRANSACTION;
CREATE TABLE alarm_actions (
	alarm TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	action TEXT NOT NULL,
	name TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (alarm, at_ms, action, name)
);
CREATE TABLE alarm_versions (
	alarm TEXT NOT NULL,
	version INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (alarm, version)
);
CREATE TABLE alarms (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	rule TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	finding TEXT NOT NULL,
	place TEXT NOT NULL,
	raised_ms INTEGER NOT NULL,
	state TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0020_conditions');
CREATE TABLE backdatings (
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	number INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (gateway, epoch, number)
);
CREATE TABLE bindings (
	epc TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	unit TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (epc, from_ms, unit)
);
CREATE TABLE block_bodies (
	seq INTEGER NOT NULL,
	first_admission INTEGER NOT NULL,
	last_admission INTEGER NOT NULL,
	hash BLOB NOT NULL,
	front BLOB NOT NULL,
	PRIMARY KEY (seq)
);
CREATE TABLE block_rests (
	seq INTEGER NOT NULL,
	rest BLOB NOT NULL,
	PRIMARY KEY (seq)
);
CREATE TABLE block_sums (
	probe TEXT NOT NULL,
	hold_ms INTEGER NOT NULL,
	level INTEGER NOT NULL,
	number INTEGER NOT NULL,
	sums BLOB NOT NULL,
	PRIMARY KEY (probe, hold_ms, level, number)
)
 WITHOUT ROWID

;
CREATE TABLE blocks (
	probe TEXT NOT NULL,
	day INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (probe, day)
)
 WITHOUT ROWID

;
CREATE TABLE calibrations (
	serial TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	version INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (serial, from_ms, version)
);
CREATE TABLE capacities (
	place TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place)
);
CREATE TABLE certificates (
	serial TEXT NOT NULL,
	number TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (serial, number)
);
CREATE TABLE checkpoints (
	probe TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	state BLOB NOT NULL,
	PRIMARY KEY (probe, at_ms)
)
 WITHOUT ROWID

;
CREATE TABLE claims (
	id TEXT NOT NULL,
	token_sha256 TEXT NOT NULL,
	expires_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE commands (
	id TEXT NOT NULL,
	gateway TEXT NOT NULL,
	issued_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE commissionings (
	probe TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	place TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (probe, at_ms)
);
CREATE TABLE contacts (
	id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE containments (
	container TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	parent TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (container, at_ms)
);
CREATE TABLE crossings (
	place TEXT NOT NULL,
	other TEXT NOT NULL,
	stands INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place, other)
);
CREATE TABLE cursors (
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
CREATE TABLE decisions (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE declared_errors (
	kind TEXT NOT NULL,
	unit TEXT NOT NULL,
	wrong_ms INTEGER NOT NULL,
	object TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (kind, unit, wrong_ms, object, at_ms)
);
CREATE TABLE device_events (
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	number INTEGER NOT NULL,
	place TEXT NOT NULL,
	origin TEXT NOT NULL,
	kind TEXT NOT NULL,
	taken_ms INTEGER NOT NULL,
	epc TEXT,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (gateway, epoch, number)
);
CREATE TABLE digests (
	noted INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	block INTEGER NOT NULL,
	marks BLOB NOT NULL,
	CONSTRAINT digests_once UNIQUE (gateway, epoch, block)
);
CREATE TABLE disposals (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	state TEXT NOT NULL,
	proposed_ms INTEGER NOT NULL,
	proposed_name TEXT NOT NULL,
	confirmed_name TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE emergencies (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	opened_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE escalations (
	version INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (version)
);
CREATE TABLE exports (
	id TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE exposures (
	unit TEXT NOT NULL,
	finding TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, finding)
);
CREATE TABLE findings (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	place TEXT NOT NULL,
	probe TEXT NOT NULL,
	kind TEXT NOT NULL,
	status TEXT NOT NULL,
	start_ms INTEGER NOT NULL,
	end_ms INTEGER,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE gaps (
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	number INTEGER NOT NULL,
	from_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (gateway, epoch, number)
);
CREATE TABLE gateway_keys (
	gateway TEXT NOT NULL,
	"key" TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (gateway, "key")
);
CREATE TABLE gateways (
	id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE handovers (
	manifest TEXT NOT NULL,
	party TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (manifest, party)
);
CREATE TABLE heads (
	probe TEXT NOT NULL,
	state BLOB NOT NULL,
	last_taken_ms INTEGER NOT NULL,
	horizon_ms INTEGER NOT NULL,
	provisional_from_ms INTEGER,
	PRIMARY KEY (probe)
)
 WITHOUT ROWID

;
CREATE TABLE hold_changes (
	number INTEGER NOT NULL,
	unit TEXT NOT NULL,
	confirmed INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (number)
);
CREATE TABLE holds (
	id TEXT NOT NULL,
	unit TEXT NOT NULL,
	finding TEXT NOT NULL,
	stands INTEGER NOT NULL,
	placed_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE horizons (
	gateway TEXT NOT NULL,
	horizon_ms INTEGER NOT NULL,
	last_up_ms INTEGER NOT NULL,
	PRIMARY KEY (gateway)
)
 WITHOUT ROWID

;
CREATE TABLE hot_readings (
	admission INTEGER NOT NULL,
	stream TEXT NOT NULL,
	device TEXT NOT NULL,
	first_taken_ms INTEGER NOT NULL,
	last_taken_ms INTEGER NOT NULL,
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	received_ms INTEGER NOT NULL,
	source_rank INTEGER NOT NULL,
	clock TEXT NOT NULL,
	boot TEXT NOT NULL,
	n INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (admission)
);
CREATE TABLE issues (
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	recipient TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, at_ms, recipient)
);
CREATE TABLE issuing_receipts (
	change INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (change)
);
CREATE TABLE ledger (
	seq INTEGER NOT NULL,
	record_ms INTEGER NOT NULL,
	actor TEXT NOT NULL,
	site TEXT NOT NULL,
	kind TEXT NOT NULL,
	payload BLOB NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (seq)
);
INSERT INTO "ledger" VALUES(1,5,'gw-1','storage-1','unit',X'7B22626C6F6F645F67726F7570223A224F2B222C22636F6D706F6E656E74223A22E7BAA2E7BB86E8839EE682ACE6B6B2222C226469766973696F6E223A223030222C22646F6E6174696F6E5F6E756D626572223A22442D756E69742D31222C22657870697265735F6D73223A6E756C6C2C226964223A22756E69742D31222C22697373756572223A2273746F726167652D31222C226B696E64223A22626C6F6F64222C2270726F647563745F636F6465223A22524243222C2270726F66696C65223A22636E2D726263222C2270726F66696C655F76657273696F6E223A312C22736368656D65223A226C6F63616C227D',X'0A4036E87CB3EAC913EC6CCF5532F6F7821E13012AE80E7AE043C446DB8B8BFD');
INSERT INTO "ledger" VALUES(2,6,'gw-1','storage-1','stay',X'7B226365727461696E5F66726F6D5F6D73223A323030302C226365727461696E5F746F5F6D73223A6E756C6C2C22656E74657265645F6279223A2261727269766564222C226C6566745F6279223A6E756C6C2C226E756D626572223A312C22706C616365223A226672696467652D31222C22706F737369626C655F66726F6D5F6D73223A313030302C22706F737369626C655F746F5F6D73223A6E756C6C2C22756E6974223A22756E69742D31222C22756E7365656E5F73696E63655F6D73223A6E756C6C2C22766961223A22222C2277697468647261776E223A66616C73657D',X'A553229F8AA631BEBA3728642E1F86E59BF8FFB4B6F44D78CBA0DD98F8FB0896');
INSERT INTO "ledger" VALUES(3,7,'gw-1','storage-1','stay',X'7B226365727461696E5F66726F6D5F6D73223A323030302C226365727461696E5F746F5F6D73223A393030302C22656E74657265645F6279223A2261727269766564222C226C6566745F6279223A227363616E222C226E756D626572223A312C22706C616365223A226672696467652D31222C22706F737369626C655F66726F6D5F6D73223A313030302C22706F737369626C655F746F5F6D73223A393030302C22756E6974223A22756E69742D31222C22756E7365656E5F73696E63655F6D73223A6E756C6C2C22766961223A22222C2277697468647261776E223A66616C73657D',X'1FEE50C8DBF73054BF9EE23707A04FA670082BDC5BD0428AA66E56D3F6FC66E7');
INSERT INTO "ledger" VALUES(4,8,'gw-1','storage-1','stay',X'7B226365727461696E5F66726F6D5F6D73223A31323030302C226365727461696E5F746F5F6D73223A6E756C6C2C22656E74657265645F6279223A2261727269766564222C226C6566745F6279223A6E756C6C2C226E756D626572223A322C22706C616365223A226672696467652D32222C22706F737369626C655F66726F6D5F6D73223A31323030302C22706F737369626C655F746F5F6D73223A6E756C6C2C22756E6974223A22756E69742D31222C22756E7365656E5F73696E63655F6D73223A6E756C6C2C22766961223A22222C2277697468647261776E223A66616C73657D',X'FBD33218D7A0FBD0F8B94874C1D44D2DF50CCCDD4A455E2BDC488424E2987DFE');
INSERT INTO "ledger" VALUES(5,9,'gw-1','storage-1','stay',X'7B226365727461696E5F66726F6D5F6D73223A31323030302C226365727461696E5F746F5F6D73223A6E756C6C2C22656E74657265645F6279223A2261727269766564222C226C6566745F6279223A6E756C6C2C226E756D626572223A322C22706C616365223A226672696467652D32222C22706F737369626C655F66726F6D5F6D73223A31323030302C22706F737369626C655F746F5F6D73223A6E756C6C2C22756E6974223A22756E69742D31222C22756E7365656E5F73696E63655F6D73223A6E756C6C2C22766961223A22222C2277697468647261776E223A747275657D',X'919AA389A9120CCD935FD207F6BB30828E0D54CF5E788DCF15D3D1FBBD1EAAC7');
CREATE TABLE ledger_checkpoints (
	size INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	root BLOB NOT NULL,
	signer TEXT NOT NULL,
	note BLOB NOT NULL,
	PRIMARY KEY (size)
)
 WITHOUT ROWID

;
CREATE TABLE ledger_keys (
	signer TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (signer)
);
CREATE TABLE ledger_nodes (
	level INTEGER NOT NULL,
	number INTEGER NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (level, number)
)
 WITHOUT ROWID

;
CREATE TABLE legal_holds (
	id TEXT NOT NULL,
	stands INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE lineage (
	parent TEXT NOT NULL,
	child TEXT NOT NULL,
	act TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (parent, child, act)
);
CREATE TABLE live_units (
	unit TEXT NOT NULL,
	component TEXT NOT NULL,
	blood_group TEXT NOT NULL,
	profile TEXT NOT NULL,
	profile_version INTEGER NOT NULL,
	expires_ms INTEGER,
	place TEXT NOT NULL,
	number INTEGER NOT NULL,
	inside INTEGER NOT NULL,
	entered_ms INTEGER,
	left_ms INTEGER,
	unseen_ms INTEGER,
	issued_ms INTEGER,
	issued_to TEXT NOT NULL,
	exposed_ms INTEGER,
	ended INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (unit)
);
INSERT INTO "live_units" VALUES('unit-1','红细胞悬液','O+','cn-rbc',1,NULL,'fridge-2',2,0,12000,NULL,NULL,NULL,'',NULL,0,1);
CREATE TABLE manifests (
	id TEXT NOT NULL,
	box TEXT NOT NULL,
	packed_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE manual_readings (
	place TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	differs INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place, at_ms)
);
CREATE TABLE mapping_studies (
	place TEXT NOT NULL,
	number TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place, number)
);
CREATE TABLE members (
	site TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (site)
);
CREATE TABLE notifications (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	alarm TEXT NOT NULL,
	channel TEXT NOT NULL,
	waits INTEGER NOT NULL,
	queued_ms INTEGER NOT NULL,
	next_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE open_stays (
	unit TEXT NOT NULL,
	number INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (unit)
);
CREATE TABLE ownerships (
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	owner TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, at_ms, owner)
);
CREATE TABLE place_profiles (
	place TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	from_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place, at_ms)
);
CREATE TABLE place_uses (
	place TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place)
);
CREATE TABLE placements (
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	place TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, at_ms, place)
);
CREATE TABLE places (
	id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE plans (
	site TEXT NOT NULL,
	component TEXT NOT NULL,
	month TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (site, component, month)
);
CREATE TABLE positions (
	probe TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	place TEXT NOT NULL,
	serial TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (probe, from_ms)
);
CREATE TABLE probes (
	id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE profile_approvals (
	profile TEXT NOT NULL,
	version INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (profile, version, at_ms)
);
CREATE TABLE profile_proposals (
	profile TEXT NOT NULL,
	version INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (profile, version, at_ms)
);
CREATE TABLE profiles (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE TABLE qualifications (
	box TEXT NOT NULL,
	number TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (box, number)
);
CREATE TABLE quarantine (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	reason TEXT NOT NULL,
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	seq INTEGER NOT NULL,
	origin TEXT NOT NULL,
	received_ms INTEGER NOT NULL,
	clock TEXT NOT NULL,
	boot TEXT NOT NULL,
	body BLOB NOT NULL
);
CREATE TABLE readers (
	id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE reading_digests (
	upto INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (upto)
);
CREATE TABLE recalls (
	id TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	donation_number TEXT NOT NULL,
	issuer TEXT NOT NULL,
	scheme TEXT NOT NULL,
	unit TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE receipt_units (
	unit TEXT NOT NULL,
	receipt TEXT NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (unit, receipt)
);
CREATE TABLE receipts (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	reader TEXT NOT NULL,
	to_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE received (
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	ranges TEXT NOT NULL,
	PRIMARY KEY (gateway, epoch)
)
 WITHOUT ROWID

;
CREATE TABLE reception_refusals (
	id TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE receptions (
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, at_ms)
);
CREATE TABLE refused (
	noted INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	gateway TEXT NOT NULL,
	epoch TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	reason TEXT NOT NULL,
	detail TEXT NOT NULL,
	received_ms INTEGER NOT NULL,
	CONSTRAINT refused_once UNIQUE (gateway, epoch, sha256)
);
CREATE TABLE removals (
	disposal TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (disposal)
);
CREATE TABLE removed_blocks (
	block_seq INTEGER NOT NULL,
	probe TEXT NOT NULL,
	day INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	disposal TEXT NOT NULL,
	hash TEXT NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (block_seq)
);
CREATE TABLE retention_policies (
	what TEXT NOT NULL,
	profile TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (what, profile)
);
CREATE TABLE retirements (
	epc TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (epc, at_ms)
);
CREATE TABLE sealing (
	seq INTEGER NOT NULL,
	PRIMARY KEY (seq)
);
CREATE TABLE security_events (
	id TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE server_starts (
	seq INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (seq)
);
CREATE TABLE stays (
	unit TEXT NOT NULL,
	number INTEGER NOT NULL,
	place TEXT NOT NULL,
	withdrawn INTEGER NOT NULL,
	length TEXT NOT NULL,
	possible_from_ms INTEGER NOT NULL,
	possible_to_ms INTEGER,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, number)
);
INSERT INTO "stays" VALUES('unit-1',1,'fridge-1',0,'brief',1000,9000,3,X'7B226365727461696E5F66726F6D5F6D73223A323030302C226365727461696E5F746F5F6D73223A393030302C22656E74657265645F6279223A2261727269766564222C226C6566745F6279223A227363616E222C226E756D626572223A312C22706C616365223A226672696467652D31222C22706F737369626C655F66726F6D5F6D73223A313030302C22706F737369626C655F746F5F6D73223A393030302C22756E6974223A22756E69742D31222C22756E7365656E5F73696E63655F6D73223A6E756C6C2C22766961223A22222C2277697468647261776E223A66616C73657D');
INSERT INTO "stays" VALUES('unit-1',2,'fridge-2',1,'open',12000,NULL,5,X'7B226365727461696E5F66726F6D5F6D73223A31323030302C226365727461696E5F746F5F6D73223A6E756C6C2C22656E74657265645F6279223A2261727269766564222C226C6566745F6279223A6E756C6C2C226E756D626572223A322C22706C616365223A226672696467652D32222C22706F737369626C655F66726F6D5F6D73223A31323030302C22706F737369626C655F746F5F6D73223A6E756C6C2C22756E6974223A22756E69742D31222C22756E7365656E5F73696E63655F6D73223A6E756C6C2C22766961223A22222C2277697468647261776E223A747275657D');
CREATE TABLE stock_counts (
	place TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	differs INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place, at_ms)
);
CREATE TABLE stock_levels (
	site TEXT NOT NULL,
	component TEXT NOT NULL,
	blood_group TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (site, component, blood_group)
);
CREATE TABLE tag_conflicts (
	epc TEXT NOT NULL,
	kind TEXT NOT NULL,
	place TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	other TEXT NOT NULL,
	stands INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (epc, kind, place, at_ms)
);
CREATE TABLE tags_seen (
	epc TEXT NOT NULL,
	bound INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (epc)
)
 WITHOUT ROWID

;
CREATE TABLE task_rules (
	version INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (version)
);
CREATE TABLE task_ticks (
	task TEXT NOT NULL,
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (task, unit)
);
CREATE TABLE tasks (
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	place TEXT NOT NULL,
	open INTEGER NOT NULL,
	opened_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE time_stamps (
	size INTEGER NOT NULL,
	authority TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (size, authority)
);
CREATE TABLE totals (
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
CREATE TABLE transformations (
	id TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE unit_ends (
	unit TEXT NOT NULL,
	act TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit)
);
CREATE TABLE unit_returns (
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, at_ms)
);
CREATE TABLE units (
	id TEXT NOT NULL,
	issuer TEXT NOT NULL,
	scheme TEXT NOT NULL,
	donation_number TEXT NOT NULL,
	product_code TEXT NOT NULL,
	division TEXT NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT units_identity UNIQUE (donation_number, product_code, division, issuer, scheme)
);
INSERT INTO "units" VALUES('unit-1','storage-1','local','D-unit-1','RBC','00',1,X'7B22626C6F6F645F67726F7570223A224F2B222C22636F6D706F6E656E74223A22E7BAA2E7BB86E8839EE682ACE6B6B2222C226469766973696F6E223A223030222C22646F6E6174696F6E5F6E756D626572223A22442D756E69742D31222C22657870697265735F6D73223A6E756C6C2C226964223A22756E69742D31222C22697373756572223A2273746F726167652D31222C226B696E64223A22626C6F6F64222C2270726F647563745F636F6465223A22524243222C2270726F66696C65223A22636E2D726263222C2270726F66696C655F76657273696F6E223A312C22736368656D65223A226C6F63616C227D');
CREATE TABLE urgent_calls (
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (unit, at_ms)
);
CREATE TABLE ways_open (
	receipt TEXT NOT NULL,
	place TEXT NOT NULL,
	stands INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (receipt)
);
CREATE TABLE work_words (
	place TEXT NOT NULL,
	kind TEXT NOT NULL,
	probe TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	begins INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (place, kind, probe, at_ms, begins)
);
CREATE INDEX hot_readings_by_time ON hot_readings (stream, device, first_taken_ms, last_taken_ms);
CREATE INDEX bindings_by_unit ON bindings (unit, from_ms, epc);
CREATE INDEX gaps_by_time ON gaps (gateway, from_ms, epoch, number);
CREATE INDEX tags_seen_unbound ON tags_seen (epc) WHERE bound = 0;
CREATE INDEX findings_by_place ON findings (place, start_ms, end_ms);
CREATE INDEX findings_by_probe ON findings (probe, start_ms, end_ms);
CREATE INDEX findings_by_probe_status ON findings (probe, status, start_ms);
CREATE INDEX findings_by_status ON findings (status, start_ms);
CREATE INDEX exposures_by_finding ON exposures (finding, unit);
CREATE INDEX quarantine_by_gateway ON quarantine (gateway);
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_in_order BEFORE INSERT ON ledger WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) FROM ledger) + 1 BEGIN SELECT RAISE(ABORT, 'ledger is append-only: a correction is a new entry'); END;
CREATE TRIGGER hot_readings_no_update BEFORE UPDATE ON hot_readings BEGIN SELECT RAISE(ABORT, 'hot_readings is append-only: a correction is a new entry'); END;
CREATE TRIGGER hot_readings_in_order BEFORE INSERT ON hot_readings WHEN NEW.admission <= (SELECT COALESCE(MAX(admission), 0) FROM hot_readings) BEGIN SELECT RAISE(ABORT, 'hot_readings is append-only: a correction is a new entry'); END;
CREATE INDEX manifests_by_box ON manifests (box, packed_ms, id);
CREATE INDEX manifests_by_time ON manifests (packed_ms, id);
CREATE INDEX device_events_by_epc ON device_events (epc, taken_ms, gateway, epoch, number);
CREATE INDEX device_events_by_place ON device_events (place, epc, taken_ms, gateway, epoch, number);
CREATE INDEX device_events_by_origin ON device_events (origin, taken_ms, gateway, epoch, number, kind) WHERE epc IS NULL;
CREATE INDEX positions_by_place ON positions (place, probe, from_ms);
CREATE INDEX positions_by_serial ON positions (serial, from_ms, probe);
CREATE INDEX commissionings_by_place ON commissionings (place, probe, at_ms);
CREATE INDEX crossings_by_other ON crossings (other, place);
CREATE INDEX security_events_by_time ON security_events (at_ms, id);
CREATE INDEX commands_by_gateway ON commands (gateway, issued_ms, id);
CREATE INDEX commands_by_time ON commands (issued_ms, id);
CREATE INDEX claims_by_token ON claims (token_sha256);
CREATE INDEX digests_by_age ON digests (gateway, noted);
CREATE INDEX receipts_by_time ON receipts (to_ms, id);
CREATE INDEX receipts_by_reader ON receipts (reader, to_ms, id);
CREATE INDEX tag_conflicts_by_place ON tag_conflicts (place, stands);
CREATE INDEX tag_conflicts_by_other ON tag_conflicts (other, stands);
CREATE INDEX tag_conflicts_by_time ON tag_conflicts (stands, at_ms);
CREATE INDEX ways_open_by_place ON ways_open (place, stands);
CREATE INDEX ledger_keys_in_order ON ledger_keys (seq);
CREATE INDEX exports_by_time ON exports (at_ms, id);
CREATE INDEX exports_by_content ON exports (sha256, at_ms, id);
CREATE TRIGGER ledger_checkpoints_no_update BEFORE UPDATE ON ledger_checkpoints BEGIN SELECT RAISE(ABORT, 'ledger_checkpoints is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_checkpoints_no_delete BEFORE DELETE ON ledger_checkpoints BEGIN SELECT RAISE(ABORT, 'ledger_checkpoints is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_checkpoints_in_order BEFORE INSERT ON ledger_checkpoints WHEN NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoints) BEGIN SELECT RAISE(ABORT, 'ledger_checkpoints is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_nodes_no_update BEFORE UPDATE ON ledger_nodes BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_nodes_no_delete BEFORE DELETE ON ledger_nodes BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only: a correction is a new entry'); END;
CREATE TRIGGER ledger_nodes_in_order BEFORE INSERT ON ledger_nodes WHEN EXISTS (SELECT 1 FROM ledger_nodes WHERE level = NEW.level AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only: a correction is a new entry'); END;
CREATE INDEX block_bodies_by_admission ON block_bodies (last_admission);
CREATE TRIGGER block_bodies_no_update BEFORE UPDATE ON block_bodies BEGIN SELECT RAISE(ABORT, 'block_bodies is append-only: a correction is a new entry'); END;
CREATE TRIGGER block_bodies_in_order BEFORE INSERT ON block_bodies WHEN NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM block_bodies) BEGIN SELECT RAISE(ABORT, 'block_bodies is append-only: a correction is a new entry'); END;
CREATE TRIGGER block_rests_no_update BEFORE UPDATE ON block_rests BEGIN SELECT RAISE(ABORT, 'block_rests is append-only: a correction is a new entry'); END;
CREATE TRIGGER block_rests_in_order BEFORE INSERT ON block_rests WHEN NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM block_rests) BEGIN SELECT RAISE(ABORT, 'block_rests is append-only: a correction is a new entry'); END;
CREATE TRIGGER hot_readings_no_delete BEFORE DELETE ON hot_readings WHEN NOT EXISTS (SELECT 1 FROM sealing s JOIN blocks k ON k.seq = s.seq JOIN block_bodies b ON b.seq = s.seq JOIN block_rests r ON r.seq = s.seq WHERE s.seq = (SELECT MAX(seq) FROM ledger) AND OLD.stream = 'samples' AND k.probe = OLD.device AND k.day = OLD.first_taken_ms / 86400000 AND k.day = OLD.last_taken_ms / 86400000 AND OLD.admission BETWEEN b.first_admission AND b.last_admission) BEGIN SELECT RAISE(ABORT, 'hot_readings is append-only: a correction is a new entry'); END;
CREATE INDEX lineage_by_child ON lineage (child, at_ms, parent, act);
CREATE INDEX lineage_by_parent ON lineage (parent, at_ms, child, act);
CREATE INDEX lineage_by_act ON lineage (act);
CREATE INDEX unit_ends_by_act ON unit_ends (act);
CREATE INDEX recalls_by_time ON recalls (at_ms, id);
CREATE INDEX recalls_by_donation ON recalls (donation_number, issuer, scheme, id);
CREATE INDEX declared_errors_by_unit ON declared_errors (unit, at_ms, kind, wrong_ms, object);
CREATE INDEX containments_by_parent ON containments (parent, container);
CREATE INDEX decisions_by_unit ON decisions (unit, at_ms, id);
CREATE INDEX decisions_by_time ON decisions (at_ms, id);
CREATE INDEX receptions_by_time ON receptions (at_ms, unit);
CREATE INDEX reception_refusals_by_time ON reception_refusals (at_ms, id);
CREATE INDEX manual_readings_by_time ON manual_readings (at_ms, place);
CREATE INDEX stock_counts_by_time ON stock_counts (at_ms, place);
CREATE INDEX certificates_by_time ON certificates (serial, at_ms, number);
CREATE INDEX legal_holds_standing ON legal_holds (stands, id);
CREATE INDEX disposals_by_state ON disposals (state, id);
CREATE INDEX disposals_by_time ON disposals (proposed_ms, id);
CREATE INDEX removed_blocks_by_day ON removed_blocks (probe, day, block_seq);
CREATE TRIGGER block_bodies_no_delete BEFORE DELETE ON block_bodies WHEN NOT EXISTS (SELECT 1 FROM removed_blocks r JOIN disposals d ON d.id = r.disposal JOIN ledger l ON l.seq = r.seq WHERE r.block_seq = OLD.seq AND r.seq = (SELECT MAX(seq) FROM ledger) AND l.kind = 'removal' AND d.state = 'removed' AND d.confirmed_name <> '' AND d.confirmed_name <> d.proposed_name AND r.hash = lower(hex(OLD.hash))) BEGIN SELECT RAISE(ABORT, 'block_bodies is append-only: a correction is a new entry'); END;
CREATE TRIGGER block_rests_no_delete BEFORE DELETE ON block_rests WHEN NOT EXISTS (SELECT 1 FROM removed_blocks r JOIN disposals d ON d.id = r.disposal JOIN ledger l ON l.seq = r.seq WHERE r.block_seq = OLD.seq AND r.seq = (SELECT MAX(seq) FROM ledger) AND l.kind = 'removal' AND d.state = 'removed' AND d.confirmed_name <> '' AND d.confirmed_name <> d.proposed_name) BEGIN SELECT RAISE(ABORT, 'block_rests is append-only: a correction is a new entry'); END;
CREATE INDEX stays_by_entry ON stays (place, withdrawn, length, possible_from_ms, possible_to_ms, unit, number);
CREATE INDEX holds_by_unit ON holds (unit, placed_ms, id);
CREATE INDEX holds_by_time ON holds (placed_ms, id);
CREATE INDEX holds_by_finding ON holds (finding, placed_ms, id);
CREATE INDEX holds_standing ON holds (placed_ms, id) WHERE stands = 1;
CREATE INDEX holds_standing_by_unit ON holds (unit, placed_ms) WHERE stands = 1;
CREATE INDEX block_bodies_by_span ON block_bodies ((CASE WHEN last_admission - first_admission < 4096 THEN 0 WHEN last_admission - first_admission < 32768 THEN 1 WHEN last_admission - first_admission < 262144 THEN 2 WHEN last_admission - first_admission < 2097152 THEN 3 WHEN last_admission - first_admission < 16777216 THEN 4 WHEN last_admission - first_admission < 134217728 THEN 5 WHEN last_admission - first_admission < 1073741824 THEN 6 WHEN last_admission - first_admission < 8589934592 THEN 7 ELSE 8 END), last_admission, first_admission);
CREATE INDEX place_profiles_by_time ON place_profiles (from_ms, at_ms, place);
CREATE INDEX alarms_by_state ON alarms (state, raised_ms, id);
CREATE INDEX alarms_by_subject ON alarms (rule, subject, raised_ms, id);
CREATE INDEX alarms_by_finding ON alarms (finding, raised_ms, id);
CREATE INDEX alarms_by_place ON alarms (place, raised_ms, id);
CREATE INDEX alarms_by_time ON alarms (raised_ms, id);
CREATE INDEX alarm_actions_by_time ON alarm_actions (at_ms, alarm, action, name);
CREATE INDEX notifications_to_send ON notifications (waits, channel, next_ms, id);
CREATE INDEX notifications_of_alarm ON notifications (alarm, queued_ms, id);
CREATE INDEX notifications_by_time ON notifications (queued_ms, id);
CREATE INDEX tasks_open ON tasks (opened_ms, id) WHERE open = 1;
CREATE INDEX tasks_by_place ON tasks (place, opened_ms, id);
CREATE INDEX task_ticks_by_unit ON task_ticks (unit, at_ms, task);
CREATE INDEX hold_changes_by_unit ON hold_changes (unit, number);
CREATE INDEX hold_changes_waiting ON hold_changes (number) WHERE confirmed = 0;
CREATE INDEX live_units_inside ON live_units (place, profile, profile_version, component, blood_group, expires_ms, unit) WHERE ended = 0 AND inside = 1;
CREATE INDEX live_units_expiring ON live_units (profile, profile_version, expires_ms, unit) WHERE ended = 0 AND inside = 1;
CREATE INDEX live_units_issued ON live_units (issued_ms, unit) WHERE issued_ms IS NOT NULL;
CREATE INDEX live_units_out ON live_units (left_ms, unit) WHERE ended = 0 AND inside = 0;
CREATE INDEX live_units_unseen ON live_units (unseen_ms, unit) WHERE ended = 0 AND unseen_ms IS NOT NULL;
CREATE INDEX live_units_exposed ON live_units (exposed_ms, unit) WHERE ended = 0 AND exposed_ms IS NOT NULL;
CREATE INDEX handovers_by_time ON handovers (at_ms, manifest);
CREATE INDEX emergencies_open ON emergencies (closed, opened_ms, id);
DELETE FROM "sqlite_sequence";
COMMIT;
