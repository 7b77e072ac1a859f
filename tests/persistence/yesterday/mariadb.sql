CREATE TABLE `yesterday_44` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `timestamp[ns, tz][pyarrow]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"arrow://///4gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEKEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAYACAAIAAAAAAADAAQAAAAKAAAAQXNpYS9Ub2t5bwAA","zoned":true}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_44` (`id`, `timestamp[ns, tz][pyarrow]`, `_persistence_row`) VALUES (0,'1969-12-31 14:59:59.000000',1);
INSERT INTO `yesterday_44` (`id`, `timestamp[ns, tz][pyarrow]`, `_persistence_row`) VALUES (1,'2021-03-27 16:30:00.000000',2);
INSERT INTO `yesterday_44` (`id`, `timestamp[ns, tz][pyarrow]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_33` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `string` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"string[pyarrow]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_33` (`id`, `string`, `_persistence_row`) VALUES (0,'it\'s \\ \"quoted\"\n',1);
INSERT INTO `yesterday_33` (`id`, `string`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_33` (`id`, `string`, `_persistence_row`) VALUES (2,'漢é😀',3);
CREATE TABLE `yesterday_43` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `timestamp[us][pyarrow]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEKEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAGAAYAAAAAAAIA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_43` (`id`, `timestamp[us][pyarrow]`, `_persistence_row`) VALUES (0,'1969-12-31 23:59:59.000000',1);
INSERT INTO `yesterday_43` (`id`, `timestamp[us][pyarrow]`, `_persistence_row`) VALUES (1,'2021-03-28 01:30:00.000000',2);
INSERT INTO `yesterday_43` (`id`, `timestamp[us][pyarrow]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_00` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int8` tinyint(4) DEFAULT NULL COMMENT '{"kind":"int8","dtype":"int8"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_00` (`id`, `int8`, `_persistence_row`) VALUES (0,-128,1);
INSERT INTO `yesterday_00` (`id`, `int8`, `_persistence_row`) VALUES (1,127,2);
INSERT INTO `yesterday_00` (`id`, `int8`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_47` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `timedelta64[ns]` bigint(20) DEFAULT NULL COMMENT '{"kind":"duration","dtype":"timedelta64[ns]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_47` (`id`, `timedelta64[ns]`, `_persistence_row`) VALUES (0,3600000000,1);
INSERT INTO `yesterday_47` (`id`, `timedelta64[ns]`, `_persistence_row`) VALUES (1,-3600000000,2);
INSERT INTO `yesterday_47` (`id`, `timedelta64[ns]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_19` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `UInt32` int(10) unsigned DEFAULT NULL COMMENT '{"kind":"uint32","dtype":"UInt32"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_19` (`id`, `UInt32`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_19` (`id`, `UInt32`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_19` (`id`, `UInt32`, `_persistence_row`) VALUES (2,4294967295,3);
CREATE TABLE `yesterday_49` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `dates` date DEFAULT NULL COMMENT '{"kind":"date","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_49` (`id`, `dates`, `_persistence_row`) VALUES (0,'1000-01-01',1);
INSERT INTO `yesterday_49` (`id`, `dates`, `_persistence_row`) VALUES (1,'9999-12-31',2);
INSERT INTO `yesterday_49` (`id`, `dates`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_04` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `Int16` smallint(6) DEFAULT NULL COMMENT '{"kind":"int16","dtype":"Int16"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_04` (`id`, `Int16`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_04` (`id`, `Int16`, `_persistence_row`) VALUES (1,-32768,2);
INSERT INTO `yesterday_04` (`id`, `Int16`, `_persistence_row`) VALUES (2,32767,3);
CREATE TABLE `yesterday_keyed` (
  `id` varchar(255) NOT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]"}',
  `v` double DEFAULT NULL COMMENT '{"kind":"float","dtype":"float64"}',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_keyed` VALUES ('a',1.5);
INSERT INTO `yesterday_keyed` VALUES ('b',2.5);
CREATE TABLE `yesterday_24` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `bool` tinyint(1) DEFAULT NULL COMMENT '{"kind":"boolean","dtype":"bool"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_24` (`id`, `bool`, `_persistence_row`) VALUES (0,1,1);
INSERT INTO `yesterday_24` (`id`, `bool`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_24` (`id`, `bool`, `_persistence_row`) VALUES (2,1,3);
CREATE TABLE `yesterday_55` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `bytes` blob DEFAULT NULL COMMENT '{"kind":"bytes","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_55` (`id`, `bytes`, `_persistence_row`) VALUES (0,0x00FF,1);
INSERT INTO `yesterday_55` (`id`, `bytes`, `_persistence_row`) VALUES (1,'',2);
INSERT INTO `yesterday_55` (`id`, `bytes`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_02` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int8[pyarrow]` tinyint(4) DEFAULT NULL COMMENT '{"kind":"int8","dtype":"arrow://///3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAgABwAIAAAAAAAAAQgAAAA="}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_02` (`id`, `int8[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_02` (`id`, `int8[pyarrow]`, `_persistence_row`) VALUES (1,-128,2);
INSERT INTO `yesterday_02` (`id`, `int8[pyarrow]`, `_persistence_row`) VALUES (2,127,3);
CREATE TABLE `yesterday_56` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `binary[pyarrow]` blob DEFAULT NULL COMMENT '{"kind":"bytes","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEEEAAAABgAAAAEAAAAAAAAAAAAAAAAAAAABAAEAAQAAAAAAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_56` (`id`, `binary[pyarrow]`, `_persistence_row`) VALUES (0,0x00FF,1);
INSERT INTO `yesterday_56` (`id`, `binary[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_56` (`id`, `binary[pyarrow]`, `_persistence_row`) VALUES (2,'',3);
CREATE TABLE `yesterday_15` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint16` smallint(5) unsigned DEFAULT NULL COMMENT '{"kind":"uint16","dtype":"uint16"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_15` (`id`, `uint16`, `_persistence_row`) VALUES (0,0,1);
INSERT INTO `yesterday_15` (`id`, `uint16`, `_persistence_row`) VALUES (1,65535,2);
INSERT INTO `yesterday_15` (`id`, `uint16`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_57` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `documents` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL COMMENT '{"kind":"json","dtype":"object"}' CHECK (json_valid(`documents`)),
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_57` (`id`, `documents`, `_persistence_row`) VALUES (0,'{\"a\": [1, \"ö\", null]}',1);
INSERT INTO `yesterday_57` (`id`, `documents`, `_persistence_row`) VALUES (1,'[1.5, true]',2);
INSERT INTO `yesterday_57` (`id`, `documents`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_34` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `object` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_34` (`id`, `object`, `_persistence_row`) VALUES (0,'it\'s \\ \"quoted\"\n',1);
INSERT INTO `yesterday_34` (`id`, `object`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_34` (`id`, `object`, `_persistence_row`) VALUES (2,'漢é😀',3);
CREATE TABLE `yesterday_03` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int16` smallint(6) DEFAULT NULL COMMENT '{"kind":"int16","dtype":"int16"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_03` (`id`, `int16`, `_persistence_row`) VALUES (0,-32768,1);
INSERT INTO `yesterday_03` (`id`, `int16`, `_persistence_row`) VALUES (1,32767,2);
INSERT INTO `yesterday_03` (`id`, `int16`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_51` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `times` time(6) DEFAULT NULL COMMENT '{"kind":"time","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_51` (`id`, `times`, `_persistence_row`) VALUES (0,'00:00:00.000000',1);
INSERT INTO `yesterday_51` (`id`, `times`, `_persistence_row`) VALUES (1,'23:59:59.999999',2);
INSERT INTO `yesterday_51` (`id`, `times`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_07` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `Int32` int(11) DEFAULT NULL COMMENT '{"kind":"int32","dtype":"Int32"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_07` (`id`, `Int32`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_07` (`id`, `Int32`, `_persistence_row`) VALUES (1,-2147483648,2);
INSERT INTO `yesterday_07` (`id`, `Int32`, `_persistence_row`) VALUES (2,2147483647,3);
CREATE TABLE `yesterday_32` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `str` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_32` (`id`, `str`, `_persistence_row`) VALUES (0,'it\'s \\ \"quoted\"\n',1);
INSERT INTO `yesterday_32` (`id`, `str`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_32` (`id`, `str`, `_persistence_row`) VALUES (2,'漢é😀',3);
CREATE TABLE `yesterday_35` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `string[python]` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"string[python]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_35` (`id`, `string[python]`, `_persistence_row`) VALUES (0,'it\'s \\ \"quoted\"\n',1);
INSERT INTO `yesterday_35` (`id`, `string[python]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_35` (`id`, `string[python]`, `_persistence_row`) VALUES (2,'漢é😀',3);
CREATE TABLE `yesterday_36` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `large_string[pyarrow]` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEUEAAAABgAAAAEAAAAAAAAAAAAAAAAAAAABAAEAAQAAAAAAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_36` (`id`, `large_string[pyarrow]`, `_persistence_row`) VALUES (0,'it\'s \\ \"quoted\"\n',1);
INSERT INTO `yesterday_36` (`id`, `large_string[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_36` (`id`, `large_string[pyarrow]`, `_persistence_row`) VALUES (2,'漢é😀',3);
CREATE TABLE `yesterday_38` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `datetime64[s]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"datetime64[s]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_38` (`id`, `datetime64[s]`, `_persistence_row`) VALUES (0,'1000-01-01 00:00:00.000000',1);
INSERT INTO `yesterday_38` (`id`, `datetime64[s]`, `_persistence_row`) VALUES (1,'2021-03-28 01:30:00.000000',2);
INSERT INTO `yesterday_38` (`id`, `datetime64[s]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_21` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint64` bigint(20) unsigned DEFAULT NULL COMMENT '{"kind":"uint64","dtype":"uint64"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_21` (`id`, `uint64`, `_persistence_row`) VALUES (0,0,1);
INSERT INTO `yesterday_21` (`id`, `uint64`, `_persistence_row`) VALUES (1,9223372036854775807,2);
INSERT INTO `yesterday_21` (`id`, `uint64`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_28` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `float32` double DEFAULT NULL COMMENT '{"kind":"float","dtype":"float32"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_28` (`id`, `float32`, `_persistence_row`) VALUES (0,0.5,1);
INSERT INTO `yesterday_28` (`id`, `float32`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_28` (`id`, `float32`, `_persistence_row`) VALUES (2,-1.25,3);
CREATE TABLE `yesterday_26` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `bool[pyarrow]` tinyint(1) DEFAULT NULL COMMENT '{"kind":"boolean","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEGEAAAABgAAAAEAAAAAAAAAAAAAAAAAAAABAAEAAQAAAAAAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_26` (`id`, `bool[pyarrow]`, `_persistence_row`) VALUES (0,1,1);
INSERT INTO `yesterday_26` (`id`, `bool[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_26` (`id`, `bool[pyarrow]`, `_persistence_row`) VALUES (2,0,3);
CREATE TABLE `yesterday_27` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `float16` double DEFAULT NULL COMMENT '{"kind":"float","dtype":"float16"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_27` (`id`, `float16`, `_persistence_row`) VALUES (0,0.5,1);
INSERT INTO `yesterday_27` (`id`, `float16`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_27` (`id`, `float16`, `_persistence_row`) VALUES (2,-1.25,3);
CREATE TABLE `yesterday_05` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int16[pyarrow]` smallint(6) DEFAULT NULL COMMENT '{"kind":"int16","dtype":"arrow://///3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAgABwAIAAAAAAAAARAAAAA="}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_05` (`id`, `int16[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_05` (`id`, `int16[pyarrow]`, `_persistence_row`) VALUES (1,-32768,2);
INSERT INTO `yesterday_05` (`id`, `int16[pyarrow]`, `_persistence_row`) VALUES (2,32767,3);
CREATE TABLE `yesterday_60` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `ordered` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]","category":{"ordered":true,"values":["low","high"]}}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_60` (`id`, `ordered`, `_persistence_row`) VALUES (0,'low',1);
INSERT INTO `yesterday_60` (`id`, `ordered`, `_persistence_row`) VALUES (1,'high',2);
INSERT INTO `yesterday_60` (`id`, `ordered`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_70` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `high` longblob DEFAULT NULL COMMENT '{"kind":"wkb","crs":"EPSG:3857"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_70` (`id`, `high`, `_persistence_row`) VALUES (0,0x01E9030000000000000000F03F00000000000000400000000000000840,1);
INSERT INTO `yesterday_70` (`id`, `high`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_70` (`id`, `high`, `_persistence_row`) VALUES (2,0x0101000000000000000000F87F000000000000F87F,3);
CREATE TABLE `yesterday_39` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `datetime64[us]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"datetime64[us]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_39` (`id`, `datetime64[us]`, `_persistence_row`) VALUES (0,'1000-01-01 00:00:00.000000',1);
INSERT INTO `yesterday_39` (`id`, `datetime64[us]`, `_persistence_row`) VALUES (1,'2021-03-28 01:30:00.123456',2);
INSERT INTO `yesterday_39` (`id`, `datetime64[us]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_01` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `Int8` tinyint(4) DEFAULT NULL COMMENT '{"kind":"int8","dtype":"Int8"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_01` (`id`, `Int8`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_01` (`id`, `Int8`, `_persistence_row`) VALUES (1,-128,2);
INSERT INTO `yesterday_01` (`id`, `Int8`, `_persistence_row`) VALUES (2,127,3);
CREATE TABLE `yesterday_58` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `struct[pyarrow]` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL COMMENT '{"kind":"json","dtype":"arrow://///6gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAEAAAA1P///wAAAQ0UAAAAHAAAAAQAAAABAAAAJAAAAAAAAAAAAAAABAAEAAQAAAAQABQACAAGAAcADAAAABAAEAAAAAAAAQIQAAAAHAAAAAQAAAAAAAAAAQAAAGEAAAAIAAwACAAHAAgAAAAAAAABQAAAAAAAAAA="}' CHECK (json_valid(`struct[pyarrow]`)),
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_58` (`id`, `struct[pyarrow]`, `_persistence_row`) VALUES (0,'{\"a\": 1}',1);
INSERT INTO `yesterday_58` (`id`, `struct[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_58` (`id`, `struct[pyarrow]`, `_persistence_row`) VALUES (2,'{\"a\": -1}',3);
CREATE TABLE `yesterday_16` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `UInt16` smallint(5) unsigned DEFAULT NULL COMMENT '{"kind":"uint16","dtype":"UInt16"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_16` (`id`, `UInt16`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_16` (`id`, `UInt16`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_16` (`id`, `UInt16`, `_persistence_row`) VALUES (2,65535,3);
CREATE TABLE `yesterday_indexed` (
  `i` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64","index":0}',
  `k` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]","index":1}',
  `n` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `word` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_indexed` (`i`, `k`, `n`, `word`, `_persistence_row`) VALUES (1,'x',1,'a',1);
INSERT INTO `yesterday_indexed` (`i`, `k`, `n`, `word`, `_persistence_row`) VALUES (2,'y',2,'b',2);
CREATE TABLE `yesterday_06` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int32` int(11) DEFAULT NULL COMMENT '{"kind":"int32","dtype":"int32"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_06` (`id`, `int32`, `_persistence_row`) VALUES (0,-2147483648,1);
INSERT INTO `yesterday_06` (`id`, `int32`, `_persistence_row`) VALUES (1,2147483647,2);
INSERT INTO `yesterday_06` (`id`, `int32`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_48` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `duration[us][pyarrow]` bigint(20) DEFAULT NULL COMMENT '{"kind":"duration","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAESEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAGAAYAAAAAAAIA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_48` (`id`, `duration[us][pyarrow]`, `_persistence_row`) VALUES (0,-3600000000,1);
INSERT INTO `yesterday_48` (`id`, `duration[us][pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_48` (`id`, `duration[us][pyarrow]`, `_persistence_row`) VALUES (2,86400000000,3);
CREATE TABLE `yesterday_18` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint32` int(10) unsigned DEFAULT NULL COMMENT '{"kind":"uint32","dtype":"uint32"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_18` (`id`, `uint32`, `_persistence_row`) VALUES (0,0,1);
INSERT INTO `yesterday_18` (`id`, `uint32`, `_persistence_row`) VALUES (1,4294967295,2);
INSERT INTO `yesterday_18` (`id`, `uint32`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_09` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int64` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_09` (`id`, `int64`, `_persistence_row`) VALUES (0,-9223372036854775808,1);
INSERT INTO `yesterday_09` (`id`, `int64`, `_persistence_row`) VALUES (1,9223372036854775807,2);
INSERT INTO `yesterday_09` (`id`, `int64`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_25` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `boolean` tinyint(1) DEFAULT NULL COMMENT '{"kind":"boolean","dtype":"boolean"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_25` (`id`, `boolean`, `_persistence_row`) VALUES (0,1,1);
INSERT INTO `yesterday_25` (`id`, `boolean`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_25` (`id`, `boolean`, `_persistence_row`) VALUES (2,0,3);
CREATE TABLE `yesterday_46` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `timedelta64[us]` bigint(20) DEFAULT NULL COMMENT '{"kind":"duration","dtype":"timedelta64[us]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_46` (`id`, `timedelta64[us]`, `_persistence_row`) VALUES (0,3600000000,1);
INSERT INTO `yesterday_46` (`id`, `timedelta64[us]`, `_persistence_row`) VALUES (1,-3600000000,2);
INSERT INTO `yesterday_46` (`id`, `timedelta64[us]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_20` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint32[pyarrow]` int(10) unsigned DEFAULT NULL COMMENT '{"kind":"uint32","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAEAAYAAAAgAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_20` (`id`, `uint32[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_20` (`id`, `uint32[pyarrow]`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_20` (`id`, `uint32[pyarrow]`, `_persistence_row`) VALUES (2,4294967295,3);
CREATE TABLE `yesterday_37` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `long text` mediumtext DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_37` (`id`, `long text`, `_persistence_row`) VALUES (0,'éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé',1);
INSERT INTO `yesterday_37` (`id`, `long text`, `_persistence_row`) VALUES (1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',2);
INSERT INTO `yesterday_37` (`id`, `long text`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_22` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `UInt64` bigint(20) unsigned DEFAULT NULL COMMENT '{"kind":"uint64","dtype":"UInt64"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_22` (`id`, `UInt64`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_22` (`id`, `UInt64`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_22` (`id`, `UInt64`, `_persistence_row`) VALUES (2,9223372036854775807,3);
CREATE TABLE `yesterday_29` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `Float64` double DEFAULT NULL COMMENT '{"kind":"float","dtype":"Float64"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_29` (`id`, `Float64`, `_persistence_row`) VALUES (0,0.5,1);
INSERT INTO `yesterday_29` (`id`, `Float64`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_29` (`id`, `Float64`, `_persistence_row`) VALUES (2,-1.25,3);
CREATE TABLE `yesterday_30` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `float64` double DEFAULT NULL COMMENT '{"kind":"float","dtype":"float64"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_30` (`id`, `float64`, `_persistence_row`) VALUES (0,0.1,1);
INSERT INTO `yesterday_30` (`id`, `float64`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_30` (`id`, `float64`, `_persistence_row`) VALUES (2,-1.7976931348623157e308,3);
CREATE TABLE `yesterday_67` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `points` geometry DEFAULT NULL COMMENT '{"kind":"geometry","crs":"EPSG:4326"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_67` (`id`, `points`, `_persistence_row`) VALUES (0,0xE6100000010100000066666666667661409A99999999D94140,1);
INSERT INTO `yesterday_67` (`id`, `points`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_67` (`id`, `points`, `_persistence_row`) VALUES (2,0xE6100000010100000000000000008052C09A99999999594440,3);
CREATE TABLE `yesterday_10` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `Int64` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"Int64"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_10` (`id`, `Int64`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_10` (`id`, `Int64`, `_persistence_row`) VALUES (1,-9223372036854775808,2);
INSERT INTO `yesterday_10` (`id`, `Int64`, `_persistence_row`) VALUES (2,9223372036854775807,3);
CREATE TABLE `yesterday_40` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `datetime64[ns]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"datetime64[ns]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_40` (`id`, `datetime64[ns]`, `_persistence_row`) VALUES (0,'1969-12-31 23:59:59.000000',1);
INSERT INTO `yesterday_40` (`id`, `datetime64[ns]`, `_persistence_row`) VALUES (1,'2021-03-28 01:30:00.000000',2);
INSERT INTO `yesterday_40` (`id`, `datetime64[ns]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_69` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `in metres` geometry DEFAULT NULL COMMENT '{"kind":"geometry","crs":"ESRI:102003"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_69` (`id`, `in metres`, `_persistence_row`) VALUES (0,0x000000000101000000000000000000F03F0000000000000040,1);
INSERT INTO `yesterday_69` (`id`, `in metres`, `_persistence_row`) VALUES (1,0x00000000010100000000000000000008400000000000001040,2);
INSERT INTO `yesterday_69` (`id`, `in metres`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_52` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `time64[pyarrow]` time(6) DEFAULT NULL COMMENT '{"kind":"time","dtype":"arrow://///3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEJEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAYACAAIAAAAAAACAEAAAAA="}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_52` (`id`, `time64[pyarrow]`, `_persistence_row`) VALUES (0,'00:00:00.000000',1);
INSERT INTO `yesterday_52` (`id`, `time64[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_52` (`id`, `time64[pyarrow]`, `_persistence_row`) VALUES (2,'23:59:59.999999',3);
CREATE TABLE `yesterday_41` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `datetime64[us, Europe/Berlin]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"datetime64[us, Europe/Berlin]","zoned":true}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_41` (`id`, `datetime64[us, Europe/Berlin]`, `_persistence_row`) VALUES (0,'1969-12-31 23:59:59.000000',1);
INSERT INTO `yesterday_41` (`id`, `datetime64[us, Europe/Berlin]`, `_persistence_row`) VALUES (1,'2021-03-28 01:30:00.000000',2);
INSERT INTO `yesterday_41` (`id`, `datetime64[us, Europe/Berlin]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_68` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `lines` geometry DEFAULT NULL COMMENT '{"kind":"geometry","crs":null}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_68` (`id`, `lines`, `_persistence_row`) VALUES (0,0x0000000001020000000200000000000000000000000000000000000000000000000000F03F000000000000F03F,1);
INSERT INTO `yesterday_68` (`id`, `lines`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_68` (`id`, `lines`, `_persistence_row`) VALUES (2,0x000000000101000000000000000000F03F0000000000000040,3);
CREATE TABLE `yesterday_54` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `decimal[pyarrow]` decimal(5,2) DEFAULT NULL COMMENT '{"kind":"decimal","dtype":"arrow://///3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEHEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAQACAAIAAAABQAAAAIAAAA="}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_54` (`id`, `decimal[pyarrow]`, `_persistence_row`) VALUES (0,1.50,1);
INSERT INTO `yesterday_54` (`id`, `decimal[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_54` (`id`, `decimal[pyarrow]`, `_persistence_row`) VALUES (2,-999.25,3);
CREATE TABLE `yesterday_50` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `date32[pyarrow]` date DEFAULT NULL COMMENT '{"kind":"date","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEIEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAGAAYAAAAAAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_50` (`id`, `date32[pyarrow]`, `_persistence_row`) VALUES (0,'1000-01-01',1);
INSERT INTO `yesterday_50` (`id`, `date32[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_50` (`id`, `date32[pyarrow]`, `_persistence_row`) VALUES (2,'2021-06-01',3);
CREATE TABLE `yesterday_53` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `decimals` decimal(6,2) DEFAULT NULL COMMENT '{"kind":"decimal","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_53` (`id`, `decimals`, `_persistence_row`) VALUES (0,1.50,1);
INSERT INTO `yesterday_53` (`id`, `decimals`, `_persistence_row`) VALUES (1,-1000.00,2);
INSERT INTO `yesterday_53` (`id`, `decimals`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_45` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `timedelta64[s]` bigint(20) DEFAULT NULL COMMENT '{"kind":"duration","dtype":"timedelta64[s]"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_45` (`id`, `timedelta64[s]`, `_persistence_row`) VALUES (0,3600000000,1);
INSERT INTO `yesterday_45` (`id`, `timedelta64[s]`, `_persistence_row`) VALUES (1,-3600000000,2);
INSERT INTO `yesterday_45` (`id`, `timedelta64[s]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_61` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `categories of integers` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64","category":{"ordered":false,"values":[1,2]}}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_61` (`id`, `categories of integers`, `_persistence_row`) VALUES (0,2,1);
INSERT INTO `yesterday_61` (`id`, `categories of integers`, `_persistence_row`) VALUES (1,1,2);
INSERT INTO `yesterday_61` (`id`, `categories of integers`, `_persistence_row`) VALUES (2,2,3);
CREATE TABLE `yesterday_08` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int32[pyarrow]` int(11) DEFAULT NULL COMMENT '{"kind":"int32","dtype":"arrow://///3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAgABwAIAAAAAAAAASAAAAA="}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_08` (`id`, `int32[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_08` (`id`, `int32[pyarrow]`, `_persistence_row`) VALUES (1,-2147483648,2);
INSERT INTO `yesterday_08` (`id`, `int32[pyarrow]`, `_persistence_row`) VALUES (2,2147483647,3);
CREATE TABLE `yesterday_66` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `nothing` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_66` (`id`, `nothing`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_66` (`id`, `nothing`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_66` (`id`, `nothing`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_12` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint8` tinyint(3) unsigned DEFAULT NULL COMMENT '{"kind":"uint8","dtype":"uint8"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_12` (`id`, `uint8`, `_persistence_row`) VALUES (0,0,1);
INSERT INTO `yesterday_12` (`id`, `uint8`, `_persistence_row`) VALUES (1,255,2);
INSERT INTO `yesterday_12` (`id`, `uint8`, `_persistence_row`) VALUES (2,7,3);
CREATE TABLE `yesterday_62` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `categories of days` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"datetime64[us]","category":{"ordered":false,"values":["2020-01-01 00:00:00.000000","2020-01-02 00:00:00.000000"]}}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_62` (`id`, `categories of days`, `_persistence_row`) VALUES (0,'2020-01-02 00:00:00.000000',1);
INSERT INTO `yesterday_62` (`id`, `categories of days`, `_persistence_row`) VALUES (1,'2020-01-01 00:00:00.000000',2);
INSERT INTO `yesterday_62` (`id`, `categories of days`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_42` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `datetime64[ns, +05:30]` datetime(6) DEFAULT NULL COMMENT '{"kind":"datetime","dtype":"datetime64[ns, UTC+05:30]","zoned":true}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_42` (`id`, `datetime64[ns, +05:30]`, `_persistence_row`) VALUES (0,'1969-12-31 23:59:59.000000',1);
INSERT INTO `yesterday_42` (`id`, `datetime64[ns, +05:30]`, `_persistence_row`) VALUES (1,'2021-03-28 01:30:00.000000',2);
INSERT INTO `yesterday_42` (`id`, `datetime64[ns, +05:30]`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_31` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `double[pyarrow]` double DEFAULT NULL COMMENT '{"kind":"float","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEDEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAGAAYAAAAAAAIA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_31` (`id`, `double[pyarrow]`, `_persistence_row`) VALUES (0,0.1,1);
INSERT INTO `yesterday_31` (`id`, `double[pyarrow]`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_31` (`id`, `double[pyarrow]`, `_persistence_row`) VALUES (2,5e-324,3);
CREATE TABLE `yesterday_59` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `categories` varchar(32) DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]","category":{"ordered":false,"values":["b","a","unused"]}}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_59` (`id`, `categories`, `_persistence_row`) VALUES (0,'b',1);
INSERT INTO `yesterday_59` (`id`, `categories`, `_persistence_row`) VALUES (1,NULL,2);
INSERT INTO `yesterday_59` (`id`, `categories`, `_persistence_row`) VALUES (2,'a',3);
CREATE TABLE `yesterday_23` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint64[pyarrow]` bigint(20) unsigned DEFAULT NULL COMMENT '{"kind":"uint64","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAEAAYAAABAAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_23` (`id`, `uint64[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_23` (`id`, `uint64[pyarrow]`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_23` (`id`, `uint64[pyarrow]`, `_persistence_row`) VALUES (2,9223372036854775807,3);
CREATE TABLE `yesterday_11` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `int64[pyarrow]` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"arrow://///3gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAAAAAAAAAAACAAMAAgABwAIAAAAAAAAAUAAAAA="}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_11` (`id`, `int64[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_11` (`id`, `int64[pyarrow]`, `_persistence_row`) VALUES (1,-9223372036854775808,2);
INSERT INTO `yesterday_11` (`id`, `int64[pyarrow]`, `_persistence_row`) VALUES (2,9223372036854775807,3);
CREATE TABLE `yesterday_64` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `objects of integers` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_64` (`id`, `objects of integers`, `_persistence_row`) VALUES (0,1,1);
INSERT INTO `yesterday_64` (`id`, `objects of integers`, `_persistence_row`) VALUES (1,-9223372036854775808,2);
INSERT INTO `yesterday_64` (`id`, `objects of integers`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_14` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint8[pyarrow]` tinyint(3) unsigned DEFAULT NULL COMMENT '{"kind":"uint8","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAEAAYAAAAIAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_14` (`id`, `uint8[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_14` (`id`, `uint8[pyarrow]`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_14` (`id`, `uint8[pyarrow]`, `_persistence_row`) VALUES (2,255,3);
CREATE TABLE `yesterday_places` (
  `a` geometry DEFAULT NULL COMMENT '{"kind":"geometry","crs":"EPSG:3857"}',
  `b` geometry DEFAULT NULL COMMENT '{"kind":"geometry","crs":"EPSG:4326","active":true}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_places` (`a`, `b`, `_persistence_row`) VALUES (0x110F00000101000000000000000000F03F0000000000000040,0xE6100000010100000000000000000014400000000000001840,1);
CREATE TABLE `yesterday_65` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `objects of booleans` tinyint(1) DEFAULT NULL COMMENT '{"kind":"boolean","dtype":"object"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_65` (`id`, `objects of booleans`, `_persistence_row`) VALUES (0,1,1);
INSERT INTO `yesterday_65` (`id`, `objects of booleans`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_65` (`id`, `objects of booleans`, `_persistence_row`) VALUES (2,NULL,3);
CREATE TABLE `yesterday_63` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `many categories` text DEFAULT NULL COMMENT '{"kind":"text","dtype":"str[pyarrow]","category":{"ordered":false,"values":null}}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_63` (`id`, `many categories`, `_persistence_row`) VALUES (0,'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',1);
INSERT INTO `yesterday_63` (`id`, `many categories`, `_persistence_row`) VALUES (1,'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001',2);
INSERT INTO `yesterday_63` (`id`, `many categories`, `_persistence_row`) VALUES (2,'00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002',3);
CREATE TABLE `yesterday_13` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `UInt8` tinyint(3) unsigned DEFAULT NULL COMMENT '{"kind":"uint8","dtype":"UInt8"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_13` (`id`, `UInt8`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_13` (`id`, `UInt8`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_13` (`id`, `UInt8`, `_persistence_row`) VALUES (2,255,3);
CREATE TABLE `yesterday_17` (
  `id` bigint(20) DEFAULT NULL COMMENT '{"kind":"int64","dtype":"int64"}',
  `uint16[pyarrow]` smallint(5) unsigned DEFAULT NULL COMMENT '{"kind":"uint16","dtype":"arrow://///3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABgAAAAEAAAAAAAAAAAAAAAAAAYACAAEAAYAAAAQAAAA"}',
  `_persistence_row` bigint(20) unsigned NOT NULL AUTO_INCREMENT INVISIBLE,
  PRIMARY KEY (`_persistence_row`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT INTO `yesterday_17` (`id`, `uint16[pyarrow]`, `_persistence_row`) VALUES (0,NULL,1);
INSERT INTO `yesterday_17` (`id`, `uint16[pyarrow]`, `_persistence_row`) VALUES (1,0,2);
INSERT INTO `yesterday_17` (`id`, `uint16[pyarrow]`, `_persistence_row`) VALUES (2,65535,3);
