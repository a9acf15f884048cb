"""What people read when the hub refuses something: one Vietnamese sentence per code."""

_SENTENCES = {
    "message_version": "Máy chủ không đọc được phiên bản của ứng dụng. Hãy cập nhật; không mất gì trên máy.",
    "malformed": "Máy chủ không hiểu dữ liệu này. Hãy cập nhật ứng dụng rồi thử lại.",
    "limit": "Gửi quá nhiều trong một lần. Ứng dụng sẽ chia nhỏ và gửi lại.",
    "media_type": "Máy chủ không nhận kiểu dữ liệu này. Hãy cập nhật ứng dụng.",
    "hung_up": "Kết nối bị ngắt khi yêu cầu chưa gửi xong. Dữ liệu trên máy vẫn còn; hãy thử lại.",
    "slow_body": "Đường truyền quá chậm nên yêu cầu bị ngắt. Dữ liệu trên máy vẫn còn; hãy thử lại.",
    "quota": "Thiết bị đã gửi quá nhiều trong hôm nay. Dữ liệu trên máy vẫn còn; hãy thử lại vào ngày mai.",
    "crowded": "Đang có quá nhiều lượt tra cứu. Hãy thử lại sau ít phút.",
    "receipt_refused": "Đây không phải mã của một biên lai do điện thoại của chi nhánh này ký, hoặc mã bị"
    " thiếu chữ. Hãy quét lại và dán toàn bộ dòng chữ bắt đầu bằng TOVAY-R1: vào ô dưới.",
    "no_such_log": "Tổ {group} không có sổ của máy số {writer}, kỳ {epoch}.",
    "no_such_phone": "Tổ {group} không có máy số {writer}.",
    "no_fork": "Sổ của máy số {writer}, kỳ {epoch} ở tổ {group} không rẽ nhánh.",
    "no_such_side": "Không có dòng {seq} mang dấu {hash} mà mọi dòng trước đã về: hãy xem tovay-hub forks.",
    "ambiguous_side": "Có nhiều dòng {seq} mang dấu bắt đầu bằng {hash}: hãy ghi dài hơn.",
    "other_side_chosen": "Đã chọn bên khác tại dòng {seq} (dấu {hash}); lựa chọn đã ghi không đổi được.",
    "parts_again": "Bên này lại rẽ nhánh ở dòng {seq}: hãy chọn một bên ở dòng đó.",
    "revoked_phone": "Máy số {writer} của tổ {group} đã bị thu hồi, không mở kỳ mới được: hãy cấp máy khác.",
    "no_contradiction": "Ở tổ {group} không có mâu thuẫn nào như vậy.",
    "several_contradictions": "Ở tổ {group} có {count} mâu thuẫn như vậy: hãy ghi thêm --kind,"
    " --writer, --epoch hoặc --seq (xem tovay-hub forks).",
    "no_checkpoint": "Đây không phải điểm chốt của chi nhánh này.",
    "checkpoint_twice": "Ở đây đã có một điểm chốt khác mang số {number}. Hãy giữ cả hai.",
    "clock_behind": "Đồng hồ máy chủ chậm hơn ngày của điểm chốt mới nhất; chưa chốt gì.",
    "unreadable_file": "Không đọc được tệp {path}.",
    "access": "Thiết bị này không được xem sổ của tổ. Hãy liên hệ ngân hàng.",
    "request_refused": "Máy chủ không nhận ra thiết bị này. Hãy liên hệ ngân hàng.",
    "skewed_clock": "Đồng hồ của máy sai giờ. Hãy chỉnh lại giờ; ứng dụng sẽ tự thử lại.",
    "busy": "Nhiều máy đang gửi về cùng lúc. Dữ liệu trên máy vẫn còn; hãy thử lại sau ít giây.",
    "appender_away": "Máy chủ chính của chi nhánh chưa trả lời. Dữ liệu trên máy vẫn còn; hãy thử lại sau.",
    "forwards_only": "Máy chủ này chỉ nhận và chuyển tiếp (appends = false trong hub.toml), không ghi sổ. Hãy"
    " chạy lệnh này trên máy chủ ghi sổ: {forward_to}.",
    "no_appender": "Trong {path}, appends = false cần cả forward_to (địa chỉ máy chủ ghi sổ) và origin (địa"
    " chỉ chung mà điện thoại gọi tới).",
    "join_unsaid": "Chưa tạo gì. Nếu kho này là bản mới nhất (so dấu heads ở trên với /health của máy chủ"
    " đang chạy), hãy chạy lại lệnh với --yes. Kho vừa chép lại từ bản sao lưu thì dùng tovay-hub restored.",
    "unknown_group": "Không có tổ mang mã này.",
    "unknown_member": "Tổ không có tổ viên mang mã này.",
    "stopped_group": "Sổ của tổ này đang tạm dừng để ngân hàng kiểm tra. Dữ liệu đã gửi vẫn được giữ.",
    "import_outrun": "Sổ của tổ vừa có thay đổi trong lúc nhập. Hãy chạy lại lệnh nhập.",
    "not_initialised": "Thư mục {path} chưa được khởi tạo cho máy chủ: hãy chạy tovay-hub init.",
    "told_otherwise": "{path} ghi {option} khác với dòng lệnh. Hãy bỏ {option}, hoặc sửa {path} trước.",
    "bad_settings": "Tệp cấu hình {path} có nội dung không hợp lệ{where}.",
    "occupied": "Thư mục {path} đã được khởi tạo; không có gì bị ghi đè.",
    "address": "Không lắng nghe được ở địa chỉ {address}: cổng đang bận hoặc địa chỉ không có trên máy này.",
    "rehearsal": "TOVAY_NOW phải là một thời điểm ISO 8601 có múi giờ, ví dụ 2025-12-03T08:00:00+07:00.",
    "restored_by_one": "Người quyết định và người xác nhận phải là hai người khác nhau; chưa đổi gì.",
    "restored_unfounded": "Không có gì cho thấy kho là bản cũ; chưa đổi gì. Nếu đúng là vừa chép lại một bản"
    " sao lưu, hãy chạy lại lệnh này với --again.",
    "restored_without_marks": "Không có tệp mốc sổ nên mọi tổ phải mở kỳ sổ mới: hãy chạy tovay-hub restored"
    " không có --group.",
    "no_passphrase": "Cần tệp mật khẩu của khóa máy chủ: dùng --passphrase-file, biến TOVAY_PASSPHRASE_FILE"
    " hoặc ghi vào hub.toml.",
    "wrong_key": "Khóa ghi sổ đang mở không phải khóa hiện hành của sổ này. Nếu vừa đổi khóa, hãy khởi động"
    " lại máy chủ; nếu khóa hiện hành đã mất, hãy mở kỳ sổ mới bằng tovay-hub restored --again.",
    "older_key": "Sổ của chi nhánh đã dùng khóa ghi sổ số {number}, mà tệp khóa ở đây là bản cũ hơn. Hãy chép"
    " lại log.key và statements mới nhất; nếu không còn, hãy nêu khóa mới bằng tovay-provision log-key.",
    "no_day": "Tổ {group} chưa có ngày giao dịch nào. Hãy nhập sổ vay trước.",
    "day_unknown": "Tổ {group} không có ngày giao dịch {day}.",
    "day_not_open": "Tổ {group} không mở ngày giao dịch {day}.",
    "day_early": "Chưa đến ngày giao dịch {day}; hôm nay là {today}.",
    "day_settled": "Ngày giao dịch {day} của tổ {group} đã kết toán; không ghi thêm được.",
    "day_in_closed_period": "Ngày {day} thuộc kỳ {period} mà tổ {group} đã khóa sổ: không kiểm đếm hay kết"
    " toán được nữa. Phiếu của ngày đó được hạch toán vào ngày giao dịch sau.",
    "day_not_settled": "Ngày {day} của tổ {group} chưa kết toán nên chưa vào sổ nhật ký.",
    "period_open": "Tổ {group} chưa khóa sổ kỳ {period}.",
    "period_hindered": "Chưa khóa sổ được kỳ {period}: có {count} việc phải làm trước.",
    "one_of_both": "Chỉ chọn một trong hai: --period hoặc --day.",
    "earlier_day": "Ngày giao dịch {earlier} của tổ {group} chưa kết toán. Hãy kết toán ngày đó trước.",
    "same_person": "Người quyết định và người xác nhận phải là hai người khác nhau.",
    "ends_before_it_begins": "Ngày hết hiệu lực của quyết định đứng trước ngày bắt đầu.",
    "rate_above": "Mức lãi suất mới áp dụng cho mọi khoản vay của chương trình: không ghi --above.",
    "signed_future": "Văn bản ký ngày {day} chưa có; hôm nay là {today}. Hãy xem lại --signed-on.",
    "factor_small": "Hệ số dưới 50 % bị từ chối: nhân 0,9 nghĩa là còn 90 % mức cũ, viết --percent 90.",
    "unknown_programme": "Chi nhánh không có chương trình cho vay mang mã {programme}.",
    "decision_contradicts": "Trái với quyết định số {number} đã ghi: cùng văn bản, cùng chương trình,"
    " cùng loại và cùng ngày hiệu lực, nhưng nội dung khác. Không có gì được ghi.",
    "decision_differs": "Quyết định số {number} ở tổ {group} khác với ở tổ khác."
    " Người quản trị cần chạy kiểm tra (fsck).",
    "decision_outrun": "Sổ của tổ {group} vừa có thay đổi nên quyết định chưa ghi xong."
    " Hãy chạy lại lệnh này.",
    "nothing_counted": "Hãy ghi --denomination cho từng mệnh giá, hoặc --counted cho tổng số tiền đếm được.",
    "sum_differs": "Cộng các mệnh giá được {noted}, nhưng số tiền đếm ghi là {counted}. Hãy đếm lại.",
    "repeated_face": "Mệnh giá {face} ghi hai lần. Hãy cộng lại và ghi một lần.",
    "no_rounds": "Chưa điện thoại nào của tổ {group} khóa sổ ngày {day}, nên chưa biết tiền này của ai."
    " Hãy để tổ trưởng khóa sổ và gửi về trước.",
    "not_counted": "Chưa kiểm đếm tiền của tổ {group} cho ngày {day}. Hãy chạy tovay-hub count trước.",
    "count_outdated": "Từ lúc kiểm đếm, sổ của tổ {group} đã có thêm phiếu, khóa sổ hoặc giao dịch:"
    " lúc đó phải có {then}, nay phải có {now}. Hãy kiểm đếm lại.",
    "run_outdated": "Sổ của tổ {group} đã đổi sau một lần kết toán dở dang. Hãy kiểm đếm lại rồi kết toán.",
    "not_held": "Biên lai số {receipt} không bị treo, nên không có gì để giải quyết.",
    "not_covered": "Lần kiểm đếm ngày {day} không gồm tiền của máy đã ghi biên lai số {receipt}."
    " Hãy kiểm đếm tiền đó trước.",
    "count_short": "Tiền đếm được ngày {day} chỉ còn đủ cho {left} trong số phiếu treo; biên lai số {receipt}"
    " nhiều hơn. Hãy giải quyết phần thiếu trước, hoặc đảo biên lai.",
    "not_postable": "Biên lai số {receipt} có bỏ treo cũng không hạch toán được: nguyên nhân treo vẫn còn."
    " Hãy sửa nguyên nhân đó, hoặc đảo biên lai.",
    "not_settled": "Ngày {day} của tổ {group} chưa kết toán, nên chưa có chênh lệch để giải quyết.",
    "shortage_less": "Ngày {day} chỉ còn thiếu {left}; không giải quyết quá số đó.",
    "surplus_less": "Ngày {day} chỉ còn thừa {left}; không giải quyết quá số đó.",
    "shortage_unexplained": "Biên lai số {receipt} chưa bị đảo, nên không giải thích được phần thiếu"
    " của ngày {day}.",
    "surplus_unexplained": "Không có biên lai số {receipt} nào về sau khi kết toán ngày {day}, nên nó không"
    " giải thích được phần thừa.",
    "late_fact_less": "Biên lai số {receipt} chỉ còn giải thích được {left}.",
    "receipt_needed": "Hãy ghi --receipt: số biên lai giải thích cho chênh lệch.",
    "receipt_unneeded": "--receipt chỉ dùng khi bỏ treo, hoặc khi --resolution là late_fact.",
    "amount_needed": "Hãy ghi --amount: số tiền được giải quyết, lớn hơn 0.",
    "amount_unneeded": "Bỏ treo một biên lai là bỏ treo cả biên lai: không ghi --amount.",
    "resolution_needed": "Hãy ghi --resolution: payment, late_fact hoặc decision.",
    "resolution_unneeded": "Khi bỏ treo không ghi --resolution: tiền đã đếm là lý do.",
    "day_needed": "Hãy ghi --day: ngày giao dịch có chênh lệch.",
    "one_target": "Hãy ghi một trong hai: --receipt hoặc --place.",
    "not_booked": "Không có lần hạch toán nào của ngày đã kết toán mang số hoặc vị trí này.",
    "several_booked": "Số biên lai này có ở nhiều dòng hạch toán: {places}. Hãy chọn một dòng bằng --place.",
    "unknown_loan": "Tổ không có khoản vay số {loan}.",
    "other_member": "Khoản vay số {loan} không phải một khoản vay khác của cùng hộ.",
    "closed_loan": "Khoản vay số {loan} đã tất toán, không nhận thêm tiền lãi được.",
    "closed_principal": "Khoản vay số {loan} đã tất toán sau lần trừ gốc này, nên không trả lại gốc được.",
    "no_credit": "Khoản vay số {loan} không có lãi trả trước để hoàn, tính đến hôm nay.",
    "credit_less": "Khoản vay số {loan} chỉ có {left} lãi trả trước.",
    "paper_empty": "Hãy ghi --interest hoặc --savings cho từng dòng của biên lai, mỗi dòng lớn hơn 0.",
    "paper_too_much": "Biên lai có quá nhiều dòng hoặc quá nhiều tiền: không máy nào in ra như vậy.",
    "paper_future": "Biên lai ghi ngày {day}, mà hôm nay là {today}. Hãy xem lại --value-date.",
    "no_such_member": "Tổ không có tổ viên mang mã {member}.",
    "not_members_loan": "Tổ viên này không có khoản vay số {number}.",
    "not_members_account": "Tổ viên này không có sổ tiết kiệm số {number}.",
    "number_twice": "Số {number} ghi hai lần. Hãy cộng lại và ghi một lần.",
    "number_of_nobody": "Số biên lai {receipt} không được cấp cho máy nào của tổ. Hãy xem lại số trên giấy.",
    "phone_in_use": "Biên lai số {receipt} thuộc máy số {writer}, máy này vẫn đang dùng: hãy để máy đồng bộ."
    " Nếu máy đã mất, hãy thu hồi (tovay-provision revoke) trước.",
    "fork_not_chosen": "Biên lai số {receipt} nằm ở chỗ rẽ nhánh của máy số {writer}. Hai người phải chọn"
    " bên được tính (tovay-hub resolve-fork) trước.",
    "receipt_pending": "Biên lai số {receipt} đã về từ điện thoại và chờ hạch toán, nên không nhập từ giấy."
    " Nếu đây là tờ của hộ khác mang cùng số (rẽ nhánh), hãy nhập tại bàn (tovay-hub key-fact).",
    "receipt_posted": "Biên lai số {receipt} đã về từ điện thoại và đã hạch toán, nên không nhập từ giấy."
    " Nếu đây là tờ của hộ khác mang cùng số (rẽ nhánh), hãy nhập tại bàn (tovay-hub key-fact).",
    "receipt_held": "Biên lai số {receipt} đã về từ điện thoại và đang bị treo: hãy dùng tovay-hub resolve.",
    "receipt_voided": "Biên lai số {receipt} đã được chính điện thoại hủy, nên không nhập từ giấy.",
    "receipt_reversed": "Biên lai số {receipt} đã về từ điện thoại và đã bị đảo, nên không nhập từ giấy.",
    "rekeyed_otherwise": "Biên lai giấy số {receipt} đã được nhập với nội dung khác. Nếu lần đó nhập nhầm,"
    " hãy đảo (tovay-hub reverse), rồi nhập số tiền đúng tại bàn (tovay-hub key-fact).",
    "rekeyed_reversed": "Biên lai giấy số {receipt} đã được nhập rồi bị đảo. Nếu hộ có nộp tiền, hãy nhập"
    " tại bàn (tovay-hub key-fact).",
    "unreadable_paper": "Không đọc được tệp {path}, hoặc tệp rỗng.",
    "unknown_number": "Tổ {group} không có khoản vay hoặc sổ tiết kiệm mang số {number}.",
    "not_of_a_loan": "Với khoản vay chỉ nhập interest_received (trả lãi) hoặc principal_repaid (trả gốc).",
    "not_of_an_account": "Với sổ tiết kiệm chỉ nhập deposit (gửi) hoặc withdrawal (rút).",
    "keyed_future": "Giao dịch ngày {day} chưa xảy ra; hôm nay là {today}.",
    "keyed_before": "Sổ của tổ {group} đã có đúng giao dịch này. Nếu là một giao dịch thứ hai giống hệt,"
    " hãy thêm --again.",
    "keyed_impossible": "Sổ của tổ {group} không chấp nhận giao dịch này: hãy kiểm tra số tiền và ngày.",
    "keyed_overdrawn": "Sổ tiết kiệm số {number} không có đủ tiền để rút số này vào ngày đó.",
    "bad_manifest": "Tệp {path} không phải bản kê kiểm soát của lần xuất trước.",
    "unwritable": "Không ghi được vào tệp {path}.",
    "columns_unreadable": "Không đọc được tệp {path}: cần tệp Parquet (.parquet) hoặc Arrow IPC (.arrow).",
    "columns_misfit": "Tệp {path} thiếu, thừa hoặc sai kiểu các cột: {columns}.",
    "no_receipt": "Tổ {group} không có biên lai số {number}.",
    "receipt_of_a_group": "Số biên lai chỉ dùng với báo cáo 01bl của một tổ: hãy ghi cả --group.",
    "nothing_known": "Đến hết ngày {day} chi nhánh chưa biết gì về tổ {group}.",
    "bundle_unreadable": "Không đọc được {path}: không có tệp này, hoặc không có quyền đọc.",
    "bundle_folder": "Thư mục {path} phải có từ 1 đến {most} tệp.",
    "bundle_too_large": "Tệp {path} quá lớn, không phải kiện của tovay.",
    "bundle_no_file": "Tệp {path} không phải kiện của tovay hay ảnh mã QR đọc được; có thể bị cắt hoặc mờ.",
    "bundle_foreign_code": "Mã “{text}” không phải mã của kiện nào, hoặc chưa được quét hết.",
    "bundle_incomplete": "Kiện {id} gồm {count} mã QR, còn thiếu mã số {wanted}. Hãy quét thêm rồi chạy lại.",
    "bundle_malformed": "Kiện không đúng dạng: có lẽ do bản ứng dụng khác tạo ra.",
    "bundle_for_phone": "Đây là kiện trả lời cho điện thoại; hãy mang về cho tổ trưởng.",
    "bundle_elsewhere": "Kiện gửi cho chi nhánh {branch}, không phải chi nhánh này.",
    "bundle_other_key": "Kiện dùng khóa nhận kiện số {number} mà chi nhánh không có.",
    "bundle_closed": "Kiện không mở được: bị hỏng, bị sửa, hoặc không gửi cho chi nhánh này.",
    "bundle_unsigned": "Kiện không do máy nào đang hoạt động của tổ ký nên không được trả lời; gói nào có"
    " chữ ký đúng bên trong vẫn được nhận.",
    "bundle_no_reply_key": "Không trả lời được cho một máy của tổ {group}: khóa nhận trả lời của máy bị sai.",
    "reply_too_large": "Quá nhiều kiện trả lời cho một tệp. Hãy nhận ít kiện hơn mỗi lần.",
    "reply_unwritable": "Không ghi được kiện trả lời vào {path}.",
    "reply_not_to_be_shown": "Kiện trả lời cho {title} quá lớn để hiện bằng mã QR; hãy dùng --reply và tệp.",
    "backup_exists": "Đã có tệp {path}; không ghi đè bản sao lưu nào. Hãy chọn tên khác.",
    "backup_outrun": "Có người vừa chạy tovay-hub restored trong lúc sao lưu. Hãy chạy lại lệnh này.",
    "backup_damaged": "Tệp không phải bản sao lưu của tovay-hub, hoặc bị cắt, bị sửa; chưa ghi gì vào kho.",
    "backup_newer": "Bản sao lưu do tovay-hub mới hơn tạo ra; hãy cập nhật. Chưa ghi gì vào kho.",
    "backup_older": "Bản sao lưu do tovay-hub cũ hơn tạo ra, có dạng kho cũ. Hãy chép lại bằng phiên bản đã"
    " tạo nó, rồi cập nhật và chạy tovay-hub upgrade. Chưa ghi gì vào kho.",
    "backup_elsewhere": "Bản sao lưu này của chi nhánh {branch}, không phải chi nhánh này; chưa ghi gì.",
    "backup_other_root": "Bản sao lưu này thuộc một khóa gốc khác của chi nhánh; chưa ghi gì vào kho.",
    "backup_not_empty": "Kho có dữ liệu khác với bản sao lưu; chưa ghi gì. Chỉ chép lại vào một kho trống.",
    "no_output": "Không có chỗ để in kết quả; chưa làm gì.",
    "untold": "Không in được kết quả. Nếu lệnh này ghi sổ thì sổ có thể đã được ghi: hãy xem lại trước khi"
    " chạy lại.",
    "not_for_a_screen": "Tệp XLSX không xem được trên màn hình: hãy ghi ra tệp bằng --out.",
    "store": "Máy chủ chưa ghi được dữ liệu. Hãy thử lại sau ít phút.",
    "store_unusable": "Không dùng được kho dữ liệu của chi nhánh: tệp hub.sqlite hoặc tệp mốc sổ bị mất,"
    " bị hỏng, sai quyền, đĩa đầy, hoặc có việc khác đang ghi quá lâu. Nếu kho đã mất, hãy chép lại bản sao"
    " lưu bằng tovay-hub restore.",
    "store_missing": "CouchDB không có cơ sở dữ liệu {database} và {database}-derived của kho này. Hãy xem"
    " lại url và database trong hub.toml; nếu kho đã mất, hãy chép lại bản sao lưu.",
    "store_half_made": "Cơ sở dữ liệu {database} chưa khởi tạo xong, hoặc không phải kho của tovay-hub. Nếu"
    " lệnh tovay-hub init bị ngắt giữa chừng, hãy chạy lại lệnh đó.",
    "store_older": "Kho {database} có dạng của phiên bản cũ. Hãy dừng mọi máy chủ dùng kho này, sao lưu kho,"
    " rồi chạy tovay-hub upgrade; chưa ghi gì vào kho.",
    "store_newer": "Kho {database} do phiên bản mới hơn của tovay-hub tạo ra. Hãy cập nhật chương trình; chưa"
    " ghi gì vào kho.",
    "store_elsewhere": "Cơ sở dữ liệu {database} là kho của chi nhánh {branch}, hoặc thuộc một khóa gốc khác;"
    " chưa ghi gì vào kho.",
    "store_occupied": "Cơ sở dữ liệu {database} đã có dữ liệu; không có gì bị ghi đè. Hãy chọn tên khác bằng"
    " --database.",
    "store_ca": "Tệp {path} trong mục ca_file không đọc được hoặc không phải chứng chỉ dạng PEM.",
    "store_password": "Không đọc được mật khẩu CouchDB trong tệp {path}: tệp phải có đúng một dòng.",
    "rollup_unchecked": "Chưa có điểm chốt nào để lập số liệu tổng hợp: hãy chạy tovay-hub checkpoint trước.",
    "rollup_early": "Điểm chốt mới nhất (số {number}) của ngày {day}, chưa biết hết ngày cần tổng hợp: hãy"
    " chạy tovay-hub checkpoint trước.",
    "rollup_contradicted": "Sổ của tổ {group} không còn vị trí mà điểm chốt số {number} đã ghi; chưa lập số"
    " liệu tổng hợp. Hãy chạy tovay-hub fsck, rồi chốt lại bằng tovay-hub checkpoint.",
    "rollups_missing": "CouchDB không có cơ sở dữ liệu {database}. Hãy xem lại database trong tệp cấu hình.",
    "no_rollups": "Cơ sở dữ liệu {database} có dữ liệu khác, không phải chỉ số liệu tổng hợp của các chi"
    " nhánh. Hãy xem lại database trong tệp cấu hình.",
    "head_moved": "Máy chủ đang bận ghi sổ của tổ này. Hãy thử lại.",
    "damaged": "Dữ liệu lưu trên máy chủ không còn nguyên vẹn. Người quản trị cần chạy kiểm tra (fsck).",
    "elsewhere": "Trang này chỉ mở được trên chính máy chủ của chi nhánh, ở địa chỉ mà máy chủ in ra.",
    "not_found": "Không có trang này.",
    "method": "Trang này không nhận yêu cầu kiểu đó.",
    "request": "Yêu cầu không hợp lệ.",
    "internal": "Máy chủ gặp lỗi. Lỗi đã được ghi lại; hãy thử lại.",
}


def sentence(code: str, **shown: object) -> str:
    """The sentence for a person; raises KeyError for a code that nobody gave one."""
    return _SENTENCES[code].format_map(shown)


ENGINE = {
    "unreachable": "Không kết nối được tới CouchDB. Hãy xem url trong tệp cấu hình và xem CouchDB có chạy"
    " không.",
    "untrusted": "Không tin được chứng chỉ của CouchDB. Hãy xem url và ca_file trong tệp cấu hình: ca_file là"
    " tệp chứng chỉ của nơi đã cấp chứng chỉ cho CouchDB.",
    "slow": "CouchDB không trả lời kịp. Hãy xem lại tải của CouchDB rồi thử lại.",
    "refused": "CouchDB từ chối: sai tên đăng nhập, sai mật khẩu hoặc thiếu quyền.",
    "missing": "CouchDB không còn cơ sở dữ liệu của kho này.",
    "not_couchdb": "Địa chỉ url trong tệp cấu hình không trả lời như một CouchDB. Hãy xem lại địa chỉ.",
    "not_durable": "CouchDB chưa ghi được đủ số bản sao: một số nút của cụm đang dừng. Dữ liệu chưa được coi"
    " là đã lưu; hãy đưa các nút chạy lại.",
    "failed": "CouchDB báo lỗi. Hãy xem nhật ký của CouchDB và dung lượng đĩa của nó.",
}
"""Why the server of the store did not do what was asked; by the codes of ``EngineError``."""

STOPS = {
    "second_leaf": "Cơ sở dữ liệu giữ hai bản khác nhau của một tài liệu trong tổ này: có thể hai máy chủ đã"
    " cùng ghi. Hãy chạy tovay-hub fsck và xem hướng dẫn xử lý sự cố; các tổ khác vẫn làm việc.",
    "restoring": "Việc khôi phục kho chưa xong ở tổ này: hãy chạy lại tovay-hub restored.",
    "marks_missing": "Không có tệp mốc sổ (marks.sqlite) đọc được bên cạnh kho. Nếu đĩa của nó chưa gắn"
    " hoặc đã đầy, hoặc tệp sai quyền, hãy sửa rồi khởi động lại; nếu không, kho là bản cũ vừa chép lại: hãy"
    " chạy tovay-hub restored.",
    "behind_mark": "Sổ của tổ ngắn hơn mốc đã ghi, hoặc khác mốc: kho là một bản cũ. Nếu vừa chép lại bản sao"
    " lưu, hãy chạy tovay-hub restored.",
    "two_heads": "Điện thoại trả lại gói của chi nhánh mà sổ ở đây không có hoặc có khác: hãy chạy fsck, rồi"
    " tovay-hub restored --group.",
    "contradicted": "Một điện thoại giữ bản sổ mới hơn hoặc khác bản ở đây. Nếu kho là bản cũ, hãy chạy"
    " tovay-hub restored; nếu lỗi ở điện thoại, hãy thu hồi máy đó.",
}
"""Why nothing is appended to a group's log, and what to do; by the codes of ``group.stops``."""


def stopped(group: str, why: str) -> str:
    """Why a command appended nothing to a group's log."""
    return f"Sổ của tổ {group} đang tạm dừng, chưa ghi gì. {STOPS[why]}"
